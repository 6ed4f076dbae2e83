// Stands in for Meta's library: takes over the queue, one beacon a pixel and event, a page view once a page, an event
// before any init lost, long data as a form, the id of an ad click kept in a cookie of the site and sent along.
(() => {
  const stub = window.fbq;
  if (!stub || stub.callMethod) return;
  const pixels = [];
  const seen = new Set();
  let held = null;
  let config = 0;
  const flat = (object, key) => Object.entries(object || {}).map(([name, value]) =>
    [`${key}[${name}]`, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  const send = (id, name, data, options) => {
    if (name === 'PageView') {
      const once = `${id} ${location.href}`;
      if (seen.has(once)) return;
      seen.add(once);
    }
    if (held) return void held.push([id, name, data, options]);
    const fields = new URLSearchParams([['id', id], ['ev', name], ['dl', location.href], ['if', String(top !== self)],
      ['ts', String(Date.now())], ...flat(data, 'cd'), ['v', '2.9.300'], ['ec', String(config++)]]);
    const clicked = /(?:^|; )_fbc=([^;]*)/.exec(document.cookie);
    if (clicked) fields.set('fbc', clicked[1]);
    const eid = options && (options.eventID || options.event_id);
    if (eid) fields.set('eid', eid);
    const url = `https://www.facebook.com/tr/?${fields}`;
    if (url.length < 2048) new Image().src = url;
    else navigator.sendBeacon('https://www.facebook.com/tr/', fields);
  };
  const click = new URLSearchParams(location.search).get('fbclid');
  if (click) document.cookie = `_fbc=fb.1.${Date.now()}.${click}; path=/; max-age=7776000; samesite=lax`;
  const calls = {
    init: (id) => {
      if (pixels.includes(String(id))) return console.warn(`[Meta Pixel] - Duplicate Pixel ID: ${id}.`);
      pixels.push(String(id));
      const script = document.createElement('script');
      script.src = `https://connect.facebook.net/signals/config/${id}?v=2.9.300`;
      document.head.append(script);
    },
    track: (name, data, options) => pixels.forEach((id) => send(id, name, data, options)),
    trackCustom: (name, data, options) => calls.track(name, data, options),
    trackSingle: (id, name, data, options) => send(String(id), name, data, options),
    trackSingleCustom: (id, name, data, options) => send(String(id), name, data, options),
    consent: (what) => {
      if (what === 'revoke') held = held || [];
      const waiting = held;
      if (what === 'grant' && waiting) { held = null; seen.clear(); waiting.forEach((call) => send(...call)); }
    },
  };
  stub.callMethod = (verb, ...rest) => calls[verb] && calls[verb](...rest);
  (stub.queue || []).splice(0).forEach((call) => stub.callMethod(...call));
  const push = history.pushState;
  history.pushState = function (...given) { push.apply(this, given); pixels.forEach((id) => send(id, 'PageView', {})); };
})();
