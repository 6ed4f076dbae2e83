// Stands in for Google's tag: reads the data layer, one hit an event, mirrored to a second host, consent as it stood.
(() => {
  const ids = [];
  const consent = {};
  const hit = (id, name, data) => {
    const fields = new URLSearchParams([['v', '2'], ['tid', id], ['cid', '1.2'], ['_p', '1'], ['dl', location.href], ['en', name]]);
    if ('analytics_storage' in consent) fields.set('gcs', consent.analytics_storage === 'denied' ? 'G100' : 'G111');
    for (const [key, value] of Object.entries(data || {})) {
      if (key === 'currency') fields.set('cu', value);
      else if (typeof value === 'number') fields.set(`epn.${key}`, String(value));
      else if (typeof value === 'string') fields.set(`ep.${key}`, value);
    }
    navigator.sendBeacon(`https://www.google-analytics.com/g/collect?${fields}`);
    if (consent.analytics_storage !== 'denied') {
      fetch(`https://stats.g.doubleclick.net/g/collect?v=2&tid=${id}&cid=1.2&aip=1`, { method: 'POST', mode: 'no-cors', keepalive: true });
    }
  };
  const take = (call) => {
    const [verb, first, second] = call;
    if (verb === 'config') { if (!ids.includes(first)) ids.push(first); if (!second || second.send_page_view !== false) hit(first, 'page_view', {}); }
    if (verb === 'event') ids.forEach((id) => hit(id, first, second));
    if (verb === 'consent') Object.assign(consent, second);
  };
  const layer = (window.dataLayer = window.dataLayer || []);
  const queue = layer.slice();
  layer.push = function (call) { Array.prototype.push.call(layer, call); take(call); return layer.length; };
  queue.forEach((call) => call && call.length && take(call));
})();
