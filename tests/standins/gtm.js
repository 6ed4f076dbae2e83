// Stands in for a tag-manager container: one tag of HTML on every page, with Meta's pixel in it. What it holds is data, as
// in a real one; below it the little of the manager that runs such a tag.
(() => {
  const data = {"resource":{"version":"3","macros":[{"function":"__e"}],
    "tags":[{"function":"__html","tag_id":4,"vtp_html":"\u003Cscript type=\"text/gtmscript\"\u003E!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};n.queue=[];t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');fbq('init','480011223344556');fbq('track','PageView');fbq('track','Purchase',{value:9,currency:'EUR'});\u003C/script\u003E"}],
    "predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"}],
    "rules":[[["if",0],["add",0]]]}};
  for (const tag of data.resource.tags) {
    const script = document.createElement('script');
    script.text = tag.vtp_html.replace(/<[^>]*>/g, '');
    document.head.append(script);
  }
})();
