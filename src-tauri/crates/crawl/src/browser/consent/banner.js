// Finds a consent banner that no rule knows, by the words on its buttons, in open shadow roots too. Runs in a world of its
// own: the page can't see or change it.
(() => {
  const WORDS = /*WORDS*/;
  const HINTS = /cookie|consent|gdpr|dsgvo|privacy|cmp|ccpa|tracking|banner|notice/i;
  const TOPIC = /cookie|consent|datenschutz|privacy|personal|zgod|consenti|tracking|クッキー|同意|쿠키|файл|печенье|隐私/i;
  const CLICKABLE = 'button, a, [role="button"], input[type="button"], input[type="submit"], [onclick]';
  const MOST = 4000;

  const parent = (node) => node.parentElement || (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);

  function* clickables(root, left = { count: MOST }) {
    for (const element of root.querySelectorAll('*')) {
      if (left.count-- <= 0) return;
      if (element.matches(CLICKABLE)) yield element;
      if (element.shadowRoot) yield* clickables(element.shadowRoot, left);
    }
  }

  const shown = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return false;
    if (typeof element.checkVisibility === 'function') {
      return element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
    }
    return true;
  };

  // A banner lies over the page, or says what it is.
  const banner = (element) => {
    let depth = 0;
    for (let node = element; node && node !== document.body && depth < 14; node = parent(node), depth += 1) {
      const style = getComputedStyle(node);
      const over = style.position === 'fixed' || style.position === 'sticky' || node.matches('dialog, [role="dialog"], [role="alertdialog"], [aria-modal="true"]');
      const named = HINTS.test(`${node.id} ${typeof node.className === 'string' ? node.className : ''} ${node.getAttribute('aria-label') || ''}`);
      if ((over || named) && TOPIC.test(node.innerText || node.textContent || node.shadowRoot?.textContent || '')) return node;
    }
    return null;
  };

  const label = (element) => (element.innerText || element.value || element.getAttribute('aria-label') || element.textContent || '')
    .toLowerCase().replace(/[\s ]+/g, ' ').replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '').trim();

  // Better: the whole label; else a label that begins with the words and is hardly longer.
  const score = (text, words) => {
    if (!text || text.length > 60) return 0;
    if (words.includes(text)) return 3;
    return words.some((word) => word.length > 4 && text.startsWith(word) && text.length < word.length + 16) ? 2 : 0;
  };

  const KINDS = ['accept', 'reject', 'settings'];

  // The best button of each kind, in one walk over the page.
  const buttons = () => {
    const best = {};
    for (const element of clickables(document)) {
      const text = label(element);
      for (const kind of KINDS) {
        const points = score(text, WORDS[kind]);
        if (points && (!best[kind] || points > best[kind].points) && shown(element)) {
          const holder = banner(element);
          if (holder) best[kind] = { element, points, holder };
        }
      }
    }
    return best;
  };

  // Where the banner stands, as far as a picture of the page can show it.
  const place = (found) => {
    if (!found || window !== window.top) return null;
    const { x, y, width, height } = found.holder.getBoundingClientRect();
    return { x: x + scrollX, y: y + scrollY, width, height };
  };

  globalThis.pixelproofBanner = {
    look: () => {
      const { accept, reject, settings } = buttons();
      return { accept: Boolean(accept), reject: Boolean(reject), settings: Boolean(settings), place: place(accept || reject) };
    },
    press: (which) => {
      const found = buttons()[which];
      if (!found) return false;
      found.element.click();
      return true;
    },
  };
})();
