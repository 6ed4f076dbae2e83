// Stands in for TikTok's library: one page view a page, other events each time, sent as JSON; a payment under another name.
(() => {
  const stub = window.ttq;
  const id = new URL(document.currentScript.src).searchParams.get('sdkid');
  if (!stub || !id || stub.taken) return;
  stub.taken = true;
  let viewed = false;
  const renamed = { CompletePayment: 'Purchase' };
  const send = (name, data, options) => {
    const body = { event: renamed[name] || name, event_id: (options && options.event_id) || '', properties: data || {},
      context: { pixel: { code: id }, page: { url: location.href } } };
    const blob = new Blob([JSON.stringify(body)], { type: 'application/json' });
    navigator.sendBeacon('https://analytics.tiktok.com/api/v2/pixel', blob);
  };
  stub.page = () => { if (!viewed) { viewed = true; send('Pageview', {}); } };
  stub.track = (name, data, options) => send(name, data, options);
  stub.splice(0).forEach(([verb, ...rest]) => stub[verb] && stub[verb](...rest));
})();
