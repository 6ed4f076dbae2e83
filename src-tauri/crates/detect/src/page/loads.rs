//! What a page loads: libraries, and images and frames that are requests of a vendor themselves.

use pixelproof_model::{Library, Text, Via};

use super::{
    assemble::{Assembly, Located},
    calls::{Named, implied},
    copies::original,
    fact::What,
    installs::{BY_IMAGE, BY_LIBRARY, COMPLETE, INCOMPLETE, is_complete},
    loaders,
};
use crate::{
    beacon::{self, Message},
    catalogue::{Catalogue, Vendor},
    placeholder::is_stand_in,
    script::LoadKind,
    value,
};

/// An address that the page loads.
pub(super) struct Address<'a> {
    pub(super) src: &'a str,
    pub(super) partial: bool,
    pub(super) kind: LoadKind,
    /// The tag of its element.
    pub(super) tag: &'a str,
}

/// A tag with attributes that a script gave it.
pub(super) fn tag_of(attributes: &[(String, String)]) -> String {
    let fits = |(_, value): &&(String, String)| !value.contains('"');
    let attributes = attributes.iter().filter(fits).map(|(name, value)| format!(" {name}=\"{value}\""));
    format!("<script{}>", attributes.collect::<String>())
}

impl<'c> Assembly<'c, '_> {
    /// A library, an image or a frame.
    pub(super) fn address(&mut self, at: usize, located: &Located, address: &Address<'_>) {
        let Address { src, partial, kind, tag } = *address;
        let Ok(url) = self.base.join(src) else { return };
        let message = Message::from_url(original(self.catalogue, &url).into_owned());
        let found = match kind {
            LoadKind::Image | LoadKind::Frame => Vec::new(),
            _ => self.libraries(located, address, &message),
        };
        for library in found {
            let plausible = library.account.as_deref().is_some_and(|a| library.vendor.account.pattern.is_match(a));
            if library.form.auxiliary {
                // A page saved as it stood in a browser shows what the library fetched for an account.
                if plausible && kind == LoadKind::Script && !partial {
                    let named = Named::Accounts(library.account.into_iter().collect());
                    self.candidate(library.vendor, named, (BY_LIBRARY, INCOMPLETE), at, None, Vec::new());
                }
                continue;
            }
            let mut account = library.account.filter(|_| !partial || plausible);
            if let Some(name) = &library.form.attribute {
                account = account.or_else(|| value::attribute(tag, name));
            }
            if account.is_none() && library.form.account.is_some() {
                account = self.literal(located.unit, library.vendor);
            }
            self.out.libraries.push(Library {
                vendor: library.vendor.id.clone(),
                account: account.clone(),
                src: src.to_owned(),
                state: located.setting.state,
                at: located.fact.at.clone(),
            });
            if library.form.installs {
                let named = account.map(|a| value::accounts(library.vendor, &a, value::Prefix::AsWritten));
                let named = named.map_or(Named::Nothing, Named::Accounts);
                let implied = implied(&library.form.implies, None, &self.switches);
                let implied = implied.into_iter().map(str::to_owned).collect();
                let complete = if is_complete(library.vendor, library.form) { COMPLETE } else { INCOMPLETE };
                self.candidate(library.vendor, named, (BY_LIBRARY, complete), at, None, implied);
            }
            return;
        }
        if !matches!(kind, LoadKind::Script | LoadKind::Request) {
            self.image(at, located, &message, kind);
        }
        if kind == LoadKind::Script {
            self.request(at, &message);
        }
        if !matches!(kind, LoadKind::Image | LoadKind::Frame | LoadKind::Request) {
            self.hidden(at, located, src, message.url());
        }
    }

    /// A request that a library made by way of a script, on a page saved as it stood in a browser: it names an account.
    fn request(&mut self, at: usize, message: &Message) {
        if let Some(claim) = request_of_script(self.catalogue, message) {
            let named = Named::Accounts(claim.named(message));
            self.candidate(claim.vendor, named, (BY_LIBRARY, INCOMPLETE), at, None, Vec::new());
        }
    }

    /// A container under another name.
    fn hidden(&mut self, at: usize, located: &Located, src: &str, url: &url::Url) {
        let start = self.facts.partition_point(|l| l.unit < located.unit);
        let end = self.facts.partition_point(|l| l.unit <= located.unit);
        let unit = self.facts.get(start..end).unwrap_or_default();
        let Some(hidden) = loaders::hidden(self.catalogue, self.base, url, unit) else { return };
        let Some(vendor) = self.catalogue.get(hidden.vendor) else { return };
        self.out.libraries.push(Library {
            vendor: vendor.id.clone(),
            account: hidden.id.clone(),
            src: src.to_owned(),
            state: located.setting.state,
            at: located.fact.at.clone(),
        });
        let named = hidden.id.map_or(Named::Nothing, |id| Named::Accounts(vec![id]));
        let form = if vendor.id == "google-tag-manager" { COMPLETE } else { INCOMPLETE };
        self.candidate(vendor, named, (BY_LIBRARY, form), at, None, Vec::new());
    }

    /// Libraries at an address. Where its middle is an expression, its end may still name the account.
    fn libraries(&self, located: &Located, address: &Address<'_>, message: &Message) -> Vec<value::LibraryMatch<'c>> {
        let Address { src, partial, tag, .. } = *address;
        let whole = if partial { with_tail(src, &located.fact.code) } else { None };
        if let Some(whole) = whole.and_then(|whole| self.base.join(&whole).ok()) {
            let found = value::libraries(self.catalogue, &Message::from_url(whole), Some(self.base), "");
            if found.iter().any(|library| library.account.is_some()) {
                return found;
            }
        }
        value::libraries(self.catalogue, message, Some(self.base), tag)
    }

    /// The only literal of a script that looks like an account of this vendor.
    fn literal(&self, unit: u32, vendor: &Vendor) -> Option<String> {
        let start = self.facts.partition_point(|l| l.unit < unit);
        let literals = self.facts.iter().skip(start).take_while(|l| l.unit == unit);
        let mut found: Option<&str> = None;
        for located in literals {
            let What::Literal(text) = &located.fact.what else { continue };
            if !vendor.account.pattern.is_match(text) {
                continue;
            }
            if found.is_some_and(|f| f != text) {
                return None;
            }
            found = Some(text);
        }
        found.map(str::to_owned)
    }

    /// An image or frame that is itself a vendor's request.
    fn image(&mut self, at: usize, located: &Located, message: &Message, kind: LoadKind) {
        let Some(claim) = beacon::claim(self.catalogue, message) else { return };
        if !claim.form.installs {
            return;
        }
        let via = match located.setting.via {
            Via::Noscript => Via::Noscript,
            _ => Via::Image,
        };
        let (_, decoded) = claim.events(message);
        if kind == LoadKind::Unknown && decoded.is_empty() {
            return;
        }
        let accounts = claim.named(message);
        let named = if accounts.is_empty() { Named::Nothing } else { Named::Accounts(accounts) };
        let before = self.candidates.len();
        self.candidate(claim.vendor, named, (BY_IMAGE, usize::from(claim.form.mirror)), at, None, Vec::new());
        for candidate in self.candidates.iter_mut().skip(before) {
            candidate.via = via;
        }
        for d in decoded {
            let repeats = claim.form.mirror
                && self.events.iter().any(|(_, e)| {
                    e.vendor == claim.vendor.id
                        && e.name == Text::Known(d.name.clone())
                        && e.accounts.iter().eq(&d.account)
                });
            if repeats {
                continue;
            }
            let mut event = self.event(located, claim.vendor, Text::Known(d.name));
            event.via = via;
            event.class = d.class;
            event.stage = d.stage;
            event.accounts = d.account.into_iter().filter(|account| !is_stand_in(claim.vendor, account)).collect();
            event.params = d.params;
            event.event_id = d.event_id.map(Text::Known);
            self.keep(at, event);
        }
    }
}

/// The vendor's request that a script's address is, if it is one with an account that can be.
pub(super) fn request_of_script<'c>(catalogue: &'c Catalogue, message: &Message) -> Option<beacon::Claim<'c>> {
    if !catalogue.index().is_vendor_host(message.host()) {
        return None;
    }
    let claim = beacon::claim(catalogue, message).filter(|claim| claim.form.installs)?;
    let accounts = claim.named(message);
    let plausible = accounts.iter().all(|account| claim.vendor.account.pattern.is_match(account));
    (plausible && !accounts.is_empty()).then_some(claim)
}

/// An address whose middle is an expression (`'//host/a/' + n + '/1.js'`): its head, a digit, and the last literal of its
/// code.
fn with_tail(head: &str, code: &str) -> Option<String> {
    let end = code.rfind(['\'', '"'])?;
    let quote = code.get(end..=end)?;
    let start = code.get(..end)?.rfind(quote)?;
    let tail = code.get(start + 1..end)?;
    (!tail.is_empty() && !head.ends_with(tail)).then(|| format!("{head}0{tail}"))
}
