// Stands in for LinkedIn's library: one page view a page, as an image, for all partners at once; then a signal about the
// visit, posted as JSON; a conversion with each call. The browser is asked for attribution beside each of them.
(() => {
  // Two alike would be one image to the browser.
  let last = Date.now();
  const stamp = () => String(last += 1);
  const partners = () => [...new Set([window._linkedin_partner_id, window._linkedin_data_partner_id, ...(window._linkedin_data_partner_ids || [])]
    .filter((id) => /^\d+$/.test(id)).map(String))];
  const at = 'https://px.ads.linkedin.com';
  const trigger = (query) => {
    const request = new XMLHttpRequest();
    request.open('GET', `${at}/attribution_trigger?${query}`);
    request.setRequestHeader('Accept', '*');
    request.onerror = () => { new Image().src = `${at}/attribution_trigger?${query}`; };
    request.send();
  };
  const names = { conversion_id: 'conversionId', conversion_value: 'val', conversion_currency: 'cur', event_id: 'eventId' };
  const track = (data, done) => {
    const query = new URLSearchParams({ v: '2', fmt: 'js', pid: partners().join(','), time: stamp() });
    Object.entries(names).forEach(([name, short]) => { if (data[name]) query.set(short, data[name]); });
    query.set('url', location.href);
    const image = new Image();
    image.onload = image.onerror = () => done && done();
    image.src = `${at}/collect?${query}`;
    trigger(query);
  };
  let seen = null;
  const signal = () => {
    if (seen === location.href || !document.title) return;
    seen = location.href;
    const request = new XMLHttpRequest();
    request.open('POST', `${at}/wa/`);
    request.withCredentials = true;
    request.setRequestHeader('Content-Type', 'text/plain;charset=UTF-8');
    request.send(JSON.stringify({ pids: partners().map(Number), signalType: 'PAGE_VISIT', url: location.href, pageTitle: document.title, hem: null }));
  };
  const watch = () => {
    if (window.ORIBILI) return;
    window.ORIBILI = {};
    const push = history.pushState;
    history.pushState = function (...given) { push.apply(this, given); signal(); };
    signal();
  };
  const waiting = (window.lintrk && window.lintrk.q) || [];
  window.lintrk = (verb, data) => { if (verb === 'track') track(data || {}); };
  waiting.splice(0).forEach((call) => window.lintrk(...call));
  if (window._wait_for_lintrk || window._already_called_lintrk) return watch();
  window._already_called_lintrk = true;
  track({}, watch);
})();
