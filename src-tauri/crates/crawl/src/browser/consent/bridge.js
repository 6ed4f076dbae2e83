// Starts the engine in the page itself, and in a frame once that is large enough to show a banner: most frames never are,
// and the engine with its rules would cost each of them more than all that it loads.
(() => {
  const LEAST = { width: 160, height: 60 };

  globalThis.autoconsentSendMessage = (message) => /*TELL*/(JSON.stringify(message));
  const engine = () => {
    /*ENGINE*/
  };

  if (window === window.top) {
    engine();
    return;
  }
  const look = () => {
    if (innerWidth < LEAST.width || innerHeight < LEAST.height) return;
    removeEventListener('resize', look);
    removeEventListener('DOMContentLoaded', look);
    engine();
  };
  addEventListener('resize', look);
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', look);
  else look();
})();
