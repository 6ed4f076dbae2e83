// Finds elements of a page as a person names them and says where they are. Runs in a world of its own, so that the page can
// neither see nor change it. Gives one object of functions.
(() => {
  const squash = (text) => String(text || '').replace(/\s+/g, ' ').trim().toLowerCase();
  // Trees that hang on an element: of its shadow, and of a frame of the same site.
  const within = (element) => {
    let framed = null;
    try { framed = element.tagName === 'IFRAME' && element.contentDocument; } catch { /* of another site */ }
    return [element.shadowRoot, framed].filter(Boolean);
  };
  const all = function* (root) {
    const walk = root.ownerDocument || root;
    const tree = walk.createTreeWalker(root, 1);
    for (let node = tree.nextNode(); node; node = tree.nextNode()) {
      yield node;
      for (const root of within(node)) yield* all(root);
    }
  };
  const shown = (element) => {
    if (!element.isConnected || !element.getClientRects().length) return false;
    const style = element.ownerDocument.defaultView.getComputedStyle(element);
    return style.visibility !== 'hidden' && style.display !== 'none';
  };
  const words = (element) => {
    if (/^(INPUT|BUTTON)$/.test(element.tagName) && element.value && /^(submit|button|reset|image)$/.test(element.type)) {
      return squash(element.value);
    }
    const own = squash(element.innerText === undefined ? element.textContent : element.innerText);
    return own || squash(element.getAttribute('aria-label') || element.getAttribute('title') || element.getAttribute('alt'));
  };
  const PRESSED = 'a,button,input,summary,label,option,select,textarea,[role=button],[role=link],[role=menuitem],[role=tab],[onclick]';
  // A text names what can be pressed before anything else, the whole text before a part of it, the inner before the outer.
  const byText = (text) => {
    const wanted = squash(text);
    let best = null;
    let rank = -1;
    for (const element of all(document)) {
      const said = words(element);
      if (!said || !said.includes(wanted) || !shown(element)) continue;
      const now = (said === wanted ? 4 : 0) + (element.matches(PRESSED) ? 2 : 0) + (best && best.contains(element) ? 1 : 0);
      if (now > rank) { best = element; rank = now - (best && best.contains(element) ? 1 : 0); }
    }
    return best;
  };
  const byCss = (css) => {
    let hidden = null;
    for (const root of roots(document)) {
      for (const element of root.querySelectorAll(css)) {
        if (shown(element)) return element;
        hidden = hidden || element;
      }
    }
    return hidden;
  };
  const roots = function* (root) {
    yield root;
    for (const element of root.querySelectorAll('*')) {
      for (const inner of within(element)) yield* roots(inner);
    }
  };
  const find = (selector) => (selector.startsWith('text=') ? byText(selector.slice(5)) : byCss(selector));
  // The field that a label, or a text beside it, names.
  const field = (selector) => {
    if (selector.startsWith('text=')) {
      const wanted = squash(selector.slice(5));
      for (const root of roots(document)) {
        for (const element of root.querySelectorAll('input,textarea,select,[contenteditable]')) {
          const names = [...(element.labels || [])].map((label) => label.innerText);
          names.push(element.placeholder, element.getAttribute('aria-label'), element.name);
          if (names.some((name) => squash(name) === wanted)) return element;
        }
      }
    }
    const found = find(selector);
    return (found && found.tagName === 'LABEL' && found.control) || found;
  };
  const offset = (element) => {
    let x = 0;
    let y = 0;
    for (let view = element.ownerDocument.defaultView; view !== top && view.frameElement; view = view.parent) {
      const frame = view.frameElement.getBoundingClientRect();
      x += frame.left + view.frameElement.clientLeft;
      y += frame.top + view.frameElement.clientTop;
    }
    return [x, y];
  };
  const place = (selector) => {
    const element = find(selector);
    if (!element) return { found: false };
    if (!shown(element)) return { found: true, shown: false };
    element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = element.getClientRects()[0];
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const at = element.getRootNode().elementFromPoint(x, y);
    const hit = !!at && (at === element || element.contains(at) || at.contains(element));
    const [dx, dy] = offset(element);
    return { found: true, shown: true, hit, x: x + dx, y: y + dy, disabled: !!element.disabled };
  };
  const path = (element) => {
    const steps = [];
    for (let at = element; at && at.parentElement; at = at.parentElement) {
      const place = [...at.parentElement.children].indexOf(at) + 1;
      steps.unshift(`${CSS.escape(at.localName)}:nth-child(${place})`);
    }
    return ['html', ...steps].join('>');
  };
  const paths = (css, fits) => [...document.querySelectorAll(css)].filter((element) => shown(element) && fits(element)).slice(0, 50).map(path);
  // Kind of what belongs into a field, by what it says of itself.
  const KINDS = [['password', /passw|kennwort|contrase|mot-?de-?passe|senha/], ['email', /e-?mail|courriel|correo/], ['phone', /phone|tel(?!l)|mobil|handy|telefon/],
    ['card', /card-?num|cc-?num|kartennummer|card_?number/], ['birth-date', /birth|bday|geburt|naissance|nacimiento|nascita/], ['postal-code', /zip|postal|post-?code|plz|cap$|codigo-?postal/],
    ['street', /street|address|strasse|straße|adresse|direcci|indirizzo/], ['city', /city|town|ort$|stadt|ville|ciudad|citta/], ['company', /compan|organi[sz]ation|firma|empresa|societe/],
    ['username', /user-?name|login|nickname/], ['first-name', /first-?name|given|vorname|prenom|prénom|nombre/], ['last-name', /last-?name|family|surname|nachname|apellido|cognome/],
    ['name', /name|nom$/], ['search', /search|query|such|^q$|^s$/]];
  const kind = (element) => {
    if (element.tagName === 'TEXTAREA') return 'text';
    const type = element.type;
    if (!/^(text|email|tel|search|password|url|date|number)$/.test(type)) return null;
    const byType = { email: 'email', tel: 'phone', search: 'search', password: 'password', date: 'birth-date' }[type];
    if (byType) return byType;
    const label = element.labels && element.labels[0] ? element.labels[0].innerText : '';
    for (const said of [element.autocomplete, element.name, element.id, element.getAttribute('aria-label'), element.placeholder, label]) {
      const found = KINDS.find(([, pattern]) => pattern.test(squash(said).replace(/[\s_]/g, '-')));
      if (found) return found[0];
    }
    return type === 'text' ? 'text' : null;
  };
  const setter = (element) => Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), 'value');
  const tell = (element) => ['input', 'change'].forEach((kind) => element.dispatchEvent(new Event(kind, { bubbles: true })));
  return {
    place,
    shows: (selector) => { const found = find(selector); return !!found && shown(found); },
    press: (selector) => { const found = find(selector); if (!found) return false; found.click(); return true; },
    focus: (selector) => {
      const element = field(selector);
      if (!element) return { found: false };
      if (!shown(element)) return { found: true, shown: false };
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      element.focus();
      if (element.select && element.value) element.select();
      const typed = element.isContentEditable || element.tagName === 'TEXTAREA' ||
        (element.tagName === 'INPUT' && !/^(checkbox|radio|file|button|submit|reset|image|range|color)$/.test(element.type));
      return { found: true, shown: true, typed, box: /^(checkbox|radio)$/.test(element.type), locked: !!(element.disabled || element.readOnly) };
    },
    // After the typing: what a field that takes no keys (a date, a masked one) is given at once.
    finish: (selector, value) => {
      const element = field(selector);
      if (!element) return false;
      if ('value' in element && !element.value && value) {
        const own = setter(element);
        if (own && own.set) own.set.call(element, value); else element.value = value;
        tell(element);
      }
      element.blur();
      return true;
    },
    check: (selector, on) => { const element = field(selector); if (element && element.checked !== on) element.click(); return !!element; },
    choose: (selector, value) => {
      const element = field(selector);
      if (!element || element.tagName !== 'SELECT') return { found: !!element, option: false };
      const wanted = squash(value);
      const option = [...element.options].find((o) => o.value === value) || [...element.options].find((o) => squash(o.text) === wanted);
      if (!option) return { found: true, option: false };
      element.focus();
      element.value = option.value;
      tell(element);
      element.blur();
      return { found: true, option: true };
    },
    // Everything to exercise, each element by a path of its own.
    scroll: () => {
      const before = scrollY;
      scrollBy({ top: innerHeight * 0.9, behavior: 'instant' });
      return scrollY > before;
    },
    openers: () => paths('details:not([open])>summary,[aria-expanded=false],[aria-haspopup=true],[aria-haspopup=menu],[data-toggle],[data-bs-toggle]',
      (element) => !(element.tagName === 'A' && /^https?:/.test(element.href) && element.href.split('#')[0] !== location.href.split('#')[0])),
    fields: () => [...document.querySelectorAll('input,textarea')].filter((element) => shown(element) && !element.disabled && !element.readOnly)
      .map((element) => ({ path: path(element), kind: kind(element) })).filter((field) => field.kind),
    routes: () => paths('a[href]', (element) => element.origin === location.origin && !element.hasAttribute('download') &&
      (!element.target || element.target === '_self') && !/log-?out|sign-?out|\.(pdf|zip|jpe?g|png|gif|webp|svg|mp4)$/i.test(element.pathname) &&
      (element.pathname + element.search !== location.pathname + location.search || /^#[/!]/.test(element.hash))),
    links: () => [...document.links].slice(0, 2000).map((link) => [link.href, /(^|\s)nofollow(\s|$)/i.test(link.rel)]),
    label: (selector) => {
      const element = find(selector);
      if (!element) return selector;
      const text = words(element) || element.name || element.placeholder || '';
      return element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') + (text ? ' \u201c' + text.slice(0, 60) + '\u201d' : '');
    },
    // Keys of the page's storages whose values hold a text.
    holding: (text) => {
      const found = [];
      for (const [place, name] of [['local storage', 'localStorage'], ['session storage', 'sessionStorage']]) {
        try {
          const store = window[name];
          for (let at = 0; at < Math.min(store.length, 500); at++) {
            const key = store.key(at);
            if (String(store.getItem(key)).slice(0, 1e5).includes(text)) found.push([place, key]);
          }
        } catch { /* none here */ }
      }
      return found;
    },
  };
})()
