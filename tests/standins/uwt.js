// Stands in for X's library: each hit waits until the page is visible and its markup is read, and leaves as an image to two
// hosts. `config` is a page view, `event` names itself by its id, `track` of the older code carries a list.
(() => {
  const stub = window.twq;
  if (!stub || stub.exe) return;
  let fallback;
  const visible = () => new Promise((go) => {
    if (document.visibilityState !== 'hidden') go();
    else document.addEventListener('visibilitychange', go, { once: true });
  });
  const read = () => new Promise((go) => {
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', go);
    else go();
  });
  const send = async (path, fields) => {
    await visible();
    const query = new URLSearchParams({ p_id: 'Twitter', p_user_id: '0', type: 'javascript', version: '2.3.99', event_id: crypto.randomUUID(), tw_document_href: location.href, ...fields });
    for (const host of ['t.co', 'analytics.twitter.com']) {
      const image = new Image(1, 1);
      image.style.display = 'none';
      image.src = `https://${host}/${path}/adsct?${query}`;
      read().then(() => document.body.append(image));
    }
  };
  const told = (data) => JSON.stringify(data && typeof data === 'object' ? data : {});
  const calls = {
    config: (id, data) => { fallback = id; return send('1/i', { txn_id: id, event: told(data), eci: '3' }); },
    event: (id, data) => send('1/i', { txn_id: id, event: told(data), eci: '4' }),
    init: (id) => { fallback = id; },
    track: (name, data) => send('i', { txn_id: fallback, events: JSON.stringify([[name.trim().toLowerCase(), data || {}]]), eci: '2' }),
  };
  stub.exe = async (verb, ...rest) => { if (calls[verb]) await calls[verb](...rest); };
  stub.queue.forEach((call) => stub.exe(...call));
})();
