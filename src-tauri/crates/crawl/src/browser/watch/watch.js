// Notices what a page stores and where it looks for what tells its visitor apart. Runs before the page in its own world, for
// its calls are made there; each call is passed on as it came, and what is noticed leaves through the console under a word
// that only this visit knows, with the stack that the engine itself keeps. Natives are kept from before the page could
// change them, wrappers say of themselves what natives say, and nothing here throws.
(() => {
  const WORD = '/*WORD*/';
  // Told of one document.
  const MOST = { cookie: 200, stored: 300, probe: 10 };
  const LONGEST = 1000;
  // A canvas is read back to tell visitors apart when it is at least this large and was written on with ten different
  // characters or two styles, not saved and restored meanwhile (Englehardt and Narayanan 2016).
  const CANVAS = { side: 16, characters: 10, styles: 2, written: 200 };
  // Fonts are listed by measuring one text in this many.
  const FONTS = { different: 50, texts: 20, reads: 5000 };
  const UNMASKED = [37445, 37446];

  const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
  const world = globalThis;
  const out = console;
  const { debug } = out;
  const home = world.origin;
  const { slice } = String.prototype;
  const maps = { get: WeakMap.prototype.get, set: WeakMap.prototype.set };
  const sets = { add: Set.prototype.add, has: Set.prototype.has, size: getOwnPropertyDescriptor(Set.prototype, 'size').get };
  const { Proxy, WeakMap: Weak, Set: Values } = world;
  const natives = new Weak();
  const told = { cookie: 0, stored: 0, probe: { __proto__: null } };

  // Nothing is made a text that is none: that might call back into the page.
  const cut = (value) => (typeof value === 'string' ? apply(slice, value, [0, LONGEST]) : '');
  const tell = (act, first, second, third) => apply(debug, out, [WORD, home, act, first, second, third]);
  const probe = (technique, detail) => {
    const times = told.probe[technique] || 0;
    if (times >= MOST.probe) return;
    told.probe[technique] = times + 1;
    tell('probe', technique, detail);
  };

  const mask = (wrapper, native) => { apply(maps.set, natives, [wrapper, native]); return wrapper; };
  // A handler without a prototype: what a page adds to `Object.prototype` is no trap of ours.
  const wrapped = (native, note) => mask(new Proxy(native, { __proto__: null,
    apply(target, self, given) {
      const result = apply(target, self, given);
      try { note(self, given, result); } catch {}
      return result;
    } }), native);

  const change = (holder, name, part, note) => {
    const found = holder && getOwnPropertyDescriptor(holder, name);
    if (found && found.configurable && typeof found[part] === 'function') {
      found[part] = wrapped(found[part], note);
      defineProperty(holder, name, found);
    }
  };
  const proto = (name) => world[name] && world[name].prototype;
  const method = (of, name, note) => change(proto(of), name, 'value', note);
  const setter = (of, name, note) => change(proto(of), name, 'set', note);
  const getter = (of, name, note) => change(proto(of), name, 'get', note);
  const reads = (of, name) => { const found = proto(of) && getOwnPropertyDescriptor(proto(of), name); return found && found.get; };
  const remember = (map, key, make) => {
    const known = apply(maps.get, map, [key]);
    if (known) return known;
    const fresh = make();
    apply(maps.set, map, [key, fresh]);
    return fresh;
  };
  const add = (set, value) => { apply(sets.add, set, [value]); return apply(sets.size, set, []); };

  const begin = () => {
    const found = getOwnPropertyDescriptor(Function.prototype, 'toString');
    const native = found.value;
    found.value = mask(new Proxy(native, { __proto__: null,
      apply: (target, self, given) => apply(target, apply(maps.get, natives, [self]) || self, given) }), native);
    defineProperty(Function.prototype, 'toString', found);
    stores();
    canvases();
    fonts();
    devices();
  };

  const stores = () => {
    const cookie = (words) => { if (words && told.cookie++ < MOST.cookie) tell('cookie', cut(words)); };
    setter('Document', 'cookie', (self, given) => cookie(given[0]));
    method('CookieStore', 'set', (self, given) => {
      const first = given[0];
      if (typeof first === 'string') cookie(`${first}=`);
      else if (first && typeof first.name === 'string') cookie(`${first.name}=; domain=${cut(first.domain)}`);
    });
    const seen = { __proto__: null };
    const stored = (area, key, bytes) => {
      const id = area + ' ' + key;
      if (seen[id] || told.stored >= MOST.stored) return;
      seen[id] = true;
      told.stored += 1;
      tell('stored', area, key, bytes);
    };
    const local = getOwnPropertyDescriptor(world, 'localStorage');
    method('Storage', 'setItem', (self, given) => {
      const area = local && local.get && apply(local.get, world, []) === self ? 'local' : 'session';
      const key = typeof given[0] === 'number' ? `${given[0]}` : cut(given[0]);
      stored(area, key, typeof given[1] === 'string' ? given[1].length : -1);
    });
    const put = (self) => stored('indexed-db', cut(self.transaction.db.name + '/' + self.name), -1);
    method('IDBObjectStore', 'put', put);
    method('IDBObjectStore', 'add', put);
  };

  const canvases = () => {
    const drawn = new Weak();
    const of = (canvas) => remember(drawn, canvas, () => ({ characters: new Values(), styles: new Values(), written: 0, saved: false }));
    const drawing = (kind) => {
      if (!proto(kind)) return;
      const canvasOf = reads(kind, 'canvas');
      const style = reads(kind, 'fillStyle');
      const write = (self, given) => {
        const state = of(apply(canvasOf, self, []));
        if (state.written > CANVAS.written) return;
        const part = apply(slice, cut(given[0]), [0, 60]);
        for (let at = 0; at < part.length; at += 1) add(state.characters, part[at]);
        state.written += part.length;
        const now = apply(style, self, []);
        if (typeof now === 'string') add(state.styles, now);
      };
      method(kind, 'fillText', write);
      method(kind, 'strokeText', write);
      const saved = (self) => { of(apply(canvasOf, self, [])).saved = true; };
      method(kind, 'save', saved);
      method(kind, 'restore', saved);
    };
    drawing('CanvasRenderingContext2D');
    drawing('OffscreenCanvasRenderingContext2D');
    const read = (canvas, width, height, how) => {
      const state = apply(maps.get, drawn, [canvas]);
      if (!state || state.saved || width < CANVAS.side || height < CANVAS.side) return;
      const characters = apply(sets.size, state.characters, []);
      const styles = apply(sets.size, state.styles, []);
      if (characters >= CANVAS.characters || styles >= CANVAS.styles) {
        probe('canvas', `${how} of ${width}×${height}, ${characters} characters`);
      }
    };
    // A picture to be kept is compressed with loss; one that is compared is not.
    const lossy = (kind) => kind === 'image/jpeg' || kind === 'image/webp';
    method('HTMLCanvasElement', 'toDataURL', (self, given) => { if (!lossy(given[0])) read(self, self.width, self.height, 'toDataURL'); });
    method('HTMLCanvasElement', 'toBlob', (self, given) => { if (!lossy(given[1])) read(self, self.width, self.height, 'toBlob'); });
    method('OffscreenCanvas', 'convertToBlob', (self, given) => { if (!given[0] || !lossy(given[0].type)) read(self, self.width, self.height, 'convertToBlob'); });
    for (const kind of ['CanvasRenderingContext2D', 'OffscreenCanvasRenderingContext2D']) {
      const canvasOf = reads(kind, 'canvas');
      method(kind, 'getImageData', (self, given) => read(apply(canvasOf, self, []), given[2], given[3], 'getImageData'));
    }
    const renderer = (self, given) => { if (given[0] === UNMASKED[0] || given[0] === UNMASKED[1]) probe('webgl', 'name of the graphics card'); };
    method('WebGLRenderingContext', 'getParameter', renderer);
    method('WebGL2RenderingContext', 'getParameter', renderer);
  };

  const fonts = () => {
    const measured = { __proto__: null };
    const left = { texts: FONTS.texts, reads: FONTS.reads };
    const count = (kind, words, font, how) => {
      const key = kind + words;
      if (!measured[key]) {
        if (left.texts <= 0) return;
        left.texts -= 1;
        measured[key] = new Values();
      }
      if (!apply(sets.has, measured[key], [font]) && add(measured[key], font) === FONTS.different) {
        probe('fonts', `one text measured in ${FONTS.different} fonts by ${how}`);
      }
    };
    for (const kind of ['CanvasRenderingContext2D', 'OffscreenCanvasRenderingContext2D']) {
      const font = reads(kind, 'font');
      method(kind, 'measureText', (self, given) => {
        if (left.reads-- > 0) count('m', cut(given[0]), apply(font, self, []), 'measureText');
      });
    }
    // A worker has no elements.
    if (!proto('HTMLElement')) return;
    const styleOf = reads('HTMLElement', 'style');
    const valueOf = proto('CSSStyleDeclaration').getPropertyValue;
    const contents = reads('Node', 'textContent');
    const offset = (self) => {
      if (left.reads <= 0) return;
      left.reads -= 1;
      const family = apply(valueOf, apply(styleOf, self, []), ['font-family']);
      if (family) count('o', cut(apply(contents, self, [])), family, 'offsetWidth');
    };
    getter('HTMLElement', 'offsetWidth', offset);
    getter('HTMLElement', 'offsetHeight', offset);
  };

  const devices = () => {
    const sounds = new Weak();
    const sound = (self) => remember(sounds, self, () => ({ oscillator: false, compressor: false }));
    method('BaseAudioContext', 'createOscillator', (self) => { sound(self).oscillator = true; });
    method('BaseAudioContext', 'createDynamicsCompressor', (self) => { sound(self).compressor = true; });
    method('OfflineAudioContext', 'startRendering', (self) => {
      const state = sound(self);
      if (state.oscillator && state.compressor) probe('audio', 'a tone rendered and compressed without being heard');
    });
    const calls = new Weak();
    const call = (self) => remember(calls, self, () => ({ channel: false, media: false }));
    method('RTCPeerConnection', 'createDataChannel', (self) => { call(self).channel = true; });
    method('RTCPeerConnection', 'addTrack', (self) => { call(self).media = true; });
    method('RTCPeerConnection', 'createOffer', (self) => {
      const state = call(self);
      if (state.channel && !state.media) probe('webrtc', 'a connection offered that carries no sound or picture');
    });
    method('Navigator', 'getBattery', () => probe('battery', 'state of the battery'));
    method('MediaDevices', 'enumerateDevices', () => probe('devices', 'list of cameras and microphones'));
  };

  try { begin(); } catch {}
})();
