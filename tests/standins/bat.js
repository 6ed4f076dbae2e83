// Stands in for Microsoft's UET: one page load a tag, custom events each time, and a word about what it dropped.
(() => {
  const loaded = new Set();
  window.UET = function (options) {
    const { ti, q } = options;
    const send = (fields) => { new Image().src = `https://bat.bing.com/action/0?${new URLSearchParams({ ti, Ver: '2', ...fields })}`; };
    this.push = (...call) => {
      const [verb, name, data] = call;
      if (verb === 'pageLoad') {
        if (loaded.has(ti)) return void navigator.sendBeacon(`https://bat.bing.com/actionp/0?ti=${ti}&Ver=2&evt=dedup`);
        loaded.add(ti);
        send({ p: location.href, evt: 'pageLoad' });
      }
      if (verb === 'event') {
        const { event_category: ec, event_label: el, revenue_value: gv, currency: gc } = data || {};
        send(Object.fromEntries(Object.entries({ ea: name, ec, el, gv, gc, evt: 'custom' }).filter(([, value]) => value != null)));
      }
    };
    const waiting = Array.isArray(q) ? q.splice(0) : [];
    for (let at = 0; at < waiting.length; at += 1) {
      if (waiting[at] === 'event') { this.push(waiting[at], waiting[at + 1], waiting[at + 2]); at += 2; } else this.push(waiting[at]);
    }
  };
})();
