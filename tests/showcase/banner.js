// The consent banner: asks once, keeps the answer in a cookie, and loads what waits for it.
const NAME = 'cookieyes-consent';
const YES = 'consentid:m1,consent:yes,action:yes,necessary:yes,analytics:yes,advertisement:yes';
const NO = 'consentid:m1,consent:no,action:yes,necessary:yes,analytics:no,advertisement:no';
const waiting = [];
/** Calls when the visitor has agreed. */
window.whenAgreed = (call) => answered() === YES ? call() : waiting.push(call);
const answered = () => decodeURIComponent((document.cookie.split('; ').find((c) => c.startsWith(`${NAME}=`)) || '').slice(NAME.length + 1));
const answer = (value) => {
  document.cookie = `${NAME}=${encodeURIComponent(value)};path=/;max-age=31536000`;
  document.querySelector('.cky-consent-container').remove();
  if (value === YES) begin();
};
const begin = () => {
  agreed();
  waiting.forEach((call) => call());
};
if (answered() === YES) agreed();
addEventListener('DOMContentLoaded', () => {
  if (answered()) return;
  document.body.insertAdjacentHTML('beforeend', `<div class="cky-consent-container"><div class="cky-consent-bar">
    <p class="cky-title">We value your privacy</p><p>We use cookies to measure visits and to show you what you may like.</p>
    <div class="cky-notice-btn-wrapper"><button class="cky-btn cky-btn-reject" data-cky-tag="reject-button">Reject All</button>
    <button class="cky-btn cky-btn-accept" data-cky-tag="accept-button">Accept All</button></div></div></div>`);
  document.querySelector('.cky-btn-accept').onclick = () => answer(YES);
  document.querySelector('.cky-btn-reject').onclick = () => answer(NO);
});
