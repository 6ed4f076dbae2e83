//! Personal data in an event's parameters.

use pixelproof_model::{Actor, Area, Evidence, Severity};

use super::{
    Check, Draft, Rule,
    pii::{self, Found, is_of_site},
    seen::{Need, Seen, Sent},
    typed, words,
};

pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-event",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "An event carries personal data in its parameters.",
    why: "The vendor's terms forbid it, and a visitor can be named by whoever receives it.",
    fix: "Remove the field; where matching is wanted, use the vendor's own matching, with consent.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

/// Fields of matching data that hold names of people.
const NAMES: &[&str] =
    &["fn", "ln", "name", "firstname", "lastname", "fullname", "first_name", "last_name", "full_name"];

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let abroad = |sent: &&Sent<'_>| !is_of_site(Some(&sent.host()), &seen.page.url);
    let sent = seen.sent.iter().filter(abroad).flat_map(|sent| drafts(seen, sent));
    sent.chain(typed::drafts(seen, |leak| !leak.hashed)).collect()
}

fn drafts(seen: &Seen<'_>, sent: &Sent<'_>) -> Vec<Draft> {
    let account = sent.events.iter().find_map(|event| event.account.clone());
    let name = seen.name(sent.vendor, account.as_deref());
    let draft = |key: String, message: String, note: String| Draft {
        vendor: Some(sent.vendor.to_owned()),
        account: account.clone(),
        key,
        message,
        evidence: vec![Evidence { at: sent.beacon.initiator.clone(), ..words::of_page(seen.page, note) }],
        ..Draft::default()
    };
    let found = pii::find(sent, &seen.page.url);
    let values = found.iter().filter(|found| !found.in_address && !typed::is_typed(seen, &found.value)).map(|found| {
        let (what, packed) = (found.kind.name(), if found.packed { ", packed in base64" } else { "" });
        let note = format!("{} sent to {}", found.masked(), sent.host());
        draft(
            format!("{what} {}", found.field),
            format!("{name} gets {what} in {}{packed}.", field_of(found)),
            note,
        )
    });
    let plain = sent.events.iter().flat_map(|event| &event.user_data).filter(|(_, form)| *form == "plain");
    let names = plain.filter(|(field, _)| NAMES.contains(&field.as_str())).map(|(field, _)| {
        let note = format!("sent to {}", sent.host());
        draft(format!("name {field}"), format!("{name} gets a person's name in the field {field}."), note)
    });
    values.chain(names).collect()
}

fn field_of(found: &Found) -> String {
    match found.field.as_str() {
        "" => "its request".to_owned(),
        field => format!("the field {}", field.chars().take(MAX_FIELD).collect::<String>()),
    }
}

/// Longest name of a field in a message.
const MAX_FIELD: usize = 60;

#[cfg(test)]
mod tests {
    use pixelproof_model::{Pass::None, PassPhase::Before};

    use crate::rules::trial::{META, Trial};

    const RULE: &str = super::RULE.id;

    fn check(url: &str, body: Option<&str>, expect: &[&str]) {
        Trial::new().looked(None).posted(None, Before, url, body).check(RULE, expect);
    }

    #[test]
    fn addresses_and_numbers_are_found_in_every_packing() {
        let in_email = &["Meta Pixel 480011223344556 gets an e-mail address in the field email."];
        check(&format!("{META}&cd[email]=jane.doe%40shop.example"), Option::None, in_email);
        check(&format!("{META}&cd[email]=jane.doe%2540shop.example"), Option::None, in_email);
        check(
            &format!("{META}&cd[u]=amFuZS5kb2VAc2hvcC5leGFtcGxl"),
            Option::None,
            &["Meta Pixel 480011223344556 gets an e-mail address in the field u, packed in base64."],
        );
        check(
            "https://www.facebook.com/tr/",
            Some("id=480011223344556&ev=Lead&cd[form]=%7B%22tel%22%3A%220221%204710%209912%22%7D"),
            &["Meta Pixel 480011223344556 gets a phone number in the field tel."],
        );
        check(
            &format!("{META}&cd[payment]=4111%201111%201111%201111"),
            Option::None,
            &["Meta Pixel 480011223344556 gets a card number in the field payment."],
        );
        check(
            &format!("{META}&ud[fn]=jane"),
            Option::None,
            &["Meta Pixel 480011223344556 gets a person's name in the field fn."],
        );
    }

    #[test]
    fn what_was_typed_is_told_by_who_gets_it_and_when() {
        use pixelproof_model::{TypedLeak, TypedWhen};
        let leak = |vendor: Option<&str>, what: &str, when, hashed| TypedLeak {
            what: what.to_owned(),
            pass: None,
            step: Some(2),
            when,
            page: "https://shop.example/".to_owned(),
            host: "collect.example".to_owned(),
            vendor: vendor.map(str::to_owned),
            field: "ud[em]".to_owned(),
            form: "as plain text".to_owned(),
            hashed,
            normalised: true,
            packing: Vec::new(),
            request: META.to_owned(),
            count: 1,
        };
        // The same request is not told a second time by the look of its value.
        let url = format!("{META}&cd[m]=Pixelina.Proofrun%40example.com");
        let page = Trial::new().looked(None).sent(None, Before, &url);
        page.typed(leak(Some("meta-pixel"), "email", TypedWhen::BeforeSubmit, false))
            .typed(leak(Option::None, "password", TypedWhen::OnLeaving, false))
            .typed(leak(Some("meta-pixel"), "phone", TypedWhen::AfterClick, true))
            .check(
                RULE,
                &[
                    "collect.example gets a password that is typed into a form, as plain text, when the page is left without the form being sent.",
                    "Meta Pixel gets an e-mail address that is typed into a form, as plain text, while it is typed, before the form is sent.",
                ],
            );
    }

    #[test]
    fn hashes_ids_and_times_are_none() {
        let hash = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d";
        check(&format!("{META}&ud[em]={hash}&ts=1767225600000&fbp=fb.1.1767225600000.1234567890"), Option::None, &[]);
        check(&format!("{META}&cd[content_ids]=%5B%224111111111111111%22%5D&cd[img]=a%402x.png"), Option::None, &[]);
        // The address of the page has a rule of its own.
        check(&format!("{META}&rl=https%3A%2F%2Fshop.example%2F%3Fmail%3Djane%2540shop.example"), Option::None, &[]);
        check("https://shop.example/matomo.php?idsite=1&rec=1&action_name=jane%40shop.example", Option::None, &[]);
    }
}
