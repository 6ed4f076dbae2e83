// Stands in for Microsoft's UET: one page load a tag, custom events each time, and a word about what it dropped.
(() => {
  window.UET = function (options) {
    const { ti, q } = options;
    this.ti = ti;
    // A second tag finds the first one where its queue should be.
    let loaded = Boolean(q) && !Array.isArray(q) && q.ti === ti;
    const send = (fields) => {
      const query = new URLSearchParams({ ti, Ver: '2', ...fields, rn: String(Math.floor(Math.random() * 1e6)) });
      const image = document.createElement('img');
      image.style.display = 'none';
      document.body.append(image);
      image.src = `https://bat.bing.com/action/0?${query}`;
    };
    this.push = (...call) => {
      const [verb, name, data] = call;
      if (verb === 'pageLoad') {
        if (loaded) return void navigator.sendBeacon(`https://bat.bing.com/actionp/0?ti=${ti}&Ver=2&evt=dedup`);
        loaded = true;
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
