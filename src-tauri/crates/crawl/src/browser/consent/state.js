new Promise((done) => {
  const state = {};
  let open = 1;
  const close = () => { open -= 1; if (open === 0) done(state); };
  const ask = (question) => { open += 1; try { question(); } catch { close(); } };
  if (typeof __tcfapi === 'function') ask(() => __tcfapi('getTCData', 2, (data, ok) => {
    if (ok && data) state.tcf = {
      answered: data.eventStatus === 'useractioncomplete' || data.eventStatus === 'tcloaded',
      applies: data.gdprApplies !== false,
      purposes: Object.values((data.purpose && data.purpose.consents) || {}).filter(Boolean).length,
    };
    close();
  }));
  if (typeof __gpp === 'function') ask(() => __gpp('ping', (data) => {
    if (data && typeof data.gppString === 'string') state.gpp = data.gppString.slice(0, 2000);
    close();
  }));
  setTimeout(() => done(state), 1000);
  close();
})
