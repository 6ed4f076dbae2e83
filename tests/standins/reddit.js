// Stands in for Reddit's library: an image a call, for whatever account the last `init` named, even none; its settings are
// asked for once and a failure is reported elsewhere.
(() => {
  // Two alike would be one image to the browser.
  let last = Date.now();
  const stamp = () => String(last += 1);
  const stub = window.rdt;
  if (!stub || stub.sendEvent) return;
  let asked = false;
  const settings = (id) => {
    if (asked) return;
    asked = true;
    const request = new XMLHttpRequest();
    request.open('GET', `https://pixel-config.reddit.com/pixels/${id}/config`);
    request.onload = () => {
      if (request.status === 200) return;
      const report = new XMLHttpRequest();
      report.open('PUT', 'https://conversions-config.reddit.com/v1/pixel/error');
      report.send(JSON.stringify({ messages: [`Pixel Config error: ${request.status}`], timestamp: Date.now() }));
    };
    request.send();
  };
  const calls = {
    init: (id, data) => { stub.pixelId = id; stub.config = { em: (data && data.email) || '', v: 'rdt_stand_in' }; settings(id); },
    track: (event, data) => {
      const more = Object.entries(data || {}).map(([name, value]) =>
        [name === 'value' ? 'm.valueDecimal' : `m.${name}`, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
      const query = new URLSearchParams([['ts', stamp()], ['id', String(stub.pixelId)], ['event', event], ...more,
        ...Object.entries(stub.config || {}), ['esurl', location.href]]);
      new Image().src = `https://alb.reddit.com/rp.gif?${query}`;
    },
  };
  stub.sendEvent = (verb, ...rest) => calls[verb] && calls[verb](...rest);
  while (stub.callQueue.length) stub.sendEvent(...stub.callQueue.shift());
})();
