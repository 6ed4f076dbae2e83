(() => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (found.length >= 400) return;
      const handles = [...element.attributes].some((attribute) => /^on(click|submit|mouse|pointer)/i.test(attribute.name));
      if (handles || element.matches('button,a,form,summary,input[type=button],input[type=submit],[role=button],[tabindex],[data-event],[data-track],li,div[class],span[class],img')) {
        found.push(element);
      }
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
})()
