// Stands in for Pinterest's library: an event needs an id from before, and until the tag's settings have come, each `track`
// asks for them first and is lost where the answer can't be read. Short events are asked for by address, long ones posted.
(() => {
  const stub = window.pintrk;
  if (!stub || stub.queue.push !== Array.prototype.push) return;
  const settings = {};
  let tag = null;
  let loaded = false;
  const flat = (fields) => new URLSearchParams(Object.entries(fields).map(([name, value]) =>
    [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]));
  const complain = (message) => {
    const log = new XMLHttpRequest();
    log.open('POST', 'https://ct.pinterest.com/stats/');
    log.setRequestHeader('Content-Type', 'application/json');
    log.send(JSON.stringify({ messageType: 'ERROR', message }));
  };
  const ask = (fields, then) => {
    const request = new XMLHttpRequest();
    request.open('GET', `https://ct.pinterest.com/user/?${flat({ ...fields, cb: Date.now() })}`);
    request.withCredentials = true;
    request.onload = () => {
      const kind = request.getResponseHeader('Content-Type');
      if (kind && kind.includes('application/json')) {
        try { Object.assign(settings, JSON.parse(request.responseText), { came: true }); } catch { complain('user'); }
      }
      if (then) then(request.responseText);
    };
    request.send();
  };
  const ping = (fields) => Promise.resolve().then(() => {
    const query = flat({ ...fields, ad: { loc: location.href, mh: '0a1b2c3d' }, cb: Date.now() });
    const url = `https://ct.pinterest.com/v3/?${query}`;
    const sent = url.length < 2048 ? fetch(url, { credentials: 'include' })
      : fetch('https://ct.pinterest.com/v3/', { method: 'POST', body: query, credentials: 'include' });
    return sent.then((answer) => answer.text());
  });
  const first = (fields) => { if (!loaded) { loaded = true; ask(fields); } };
  const calls = {
    load: (id) => {
      if (tag) console.info(`Pinterest Tag Error: 'load' command was called multiple times.  Previously for tag id '${tag}', now for tag id '${id}'.`);
      tag = String(id).trim();
    },
    page: (data) => {
      if (!tag) return console.info("Pinterest Tag Error: 'page' command was called without first calling the 'load' command.");
      first({ tid: tag });
      return ping({ tid: tag, ...(data ? { ov: data } : {}), event: 'init' });
    },
    track: (event, data) => {
      if (!tag) return console.info("Pinterest Tag Error: 'load' command was not called before 'track'.");
      const fields = { tid: tag, event, ...(data ? { ed: data } : {}) };
      first({ tid: tag });
      if (settings.came) return ping(fields);
      return ask({ tid: tag, dep: '5,EVENT_TAGS_ABSENT' }, (answer) => {
        try { JSON.parse(answer); } catch { return complain('getTagConfigCallback json error'); }
        return ping(fields);
      });
    },
  };
  const take = ([verb, ...rest]) => { const name = String(verb).trim().toLowerCase(); if (calls[name]) calls[name](...rest); };
  const waiting = stub.queue.splice(0);
  stub.queue.push = take;
  waiting.forEach(take);
})();
