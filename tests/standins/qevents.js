// Stands in for Quora's library: a page view once an address, other events each time, the time spent as an image when the
// page goes away. A call before the first `init` is an error that ends the reading of the queue.
(() => {
  // Two alike would be one image to the browser.
  let last = Date.now();
  const stamp = () => String(last += 1);
  const stub = window.qp;
  if (!stub || stub.qp) return;
  const viewed = new Map();
  const shown = Date.now();
  const send = (id, tag, fields) => {
    const query = new URLSearchParams({ j: '1', u: location.href, tag, ts: stamp(), ...fields });
    new Image().src = `https://q.quora.com/_/ad/${id}/pixel?${query}`;
  };
  const calls = {
    init: (id) => { if (!viewed.has(id)) viewed.set(id, ''); },
    track: (tag, data) => {
      if (!viewed.size) throw new Error('Quora Pixel Error: Base pixel code is not installed properly.');
      for (const [id, last] of viewed) {
        if (tag === 'ViewContent' && last === location.href) continue;
        if (tag === 'ViewContent') viewed.set(id, location.href);
        const { value: v, event_id: evid } = data || {};
        send(id, tag, Object.fromEntries(Object.entries({ v, evid }).filter(([, value]) => value !== undefined)));
      }
    },
  };
  stub.qp = (verb, ...rest) => calls[verb] && calls[verb](...rest);
  const push = history.pushState;
  history.pushState = function (...given) { push.apply(this, given); stub.qp('track', 'ViewContent'); };
  addEventListener('pagehide', () => { for (const id of viewed.keys()) send(id, 'DwellTime', { dwt: String(Date.now() - shown), ive: 'pagehide' }); });
  while (stub.queue && stub.queue.length) stub.qp(...stub.queue.shift());
})();
