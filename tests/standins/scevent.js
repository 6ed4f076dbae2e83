// Stands in for Snapchat's library: collects events and sends them in one body when the page goes away.
(() => {
  const stub = window.snaptr;
  if (!stub || stub.handleRequest) return;
  const ids = [];
  let viewed = false;
  const waiting = [];
  const take = (verb, first, second) => {
    if (verb === 'init' && !ids.includes(first)) ids.push(first);
    if (verb === 'track') ids.forEach((pid) => waiting.push({ del: 1, t: { ev: first, pid, ...Object.fromEntries(
      Object.entries(second || {}).map(([key, value]) => [{ price: 'e_pr', currency: 'e_cur' }[key] || key, value])) } }));
  };
  stub.handleRequest = (...call) => take(...call);
  (stub.queue || []).splice(0).forEach((call) => take(...call));
  addEventListener('pagehide', () => {
    if (waiting.length && !viewed) {
      viewed = true;
      const body = JSON.stringify({ ctx: { url: location.href, v: '3.54.0' }, req: waiting });
      navigator.sendBeacon('https://tr.snapchat.com/p', new Blob([body], { type: 'application/json' }));
    }
  });
})();
