use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;

fn request(url: &str, body: Option<&str>) -> Request {
    Request {
        method: "POST".to_owned(),
        url: url.to_owned(),
        body: body.map(str::to_owned),
        body_base64: None,
        headers: Default::default(),
    }
}

/// `email at cd.email: as plain text (base64, json)`.
fn lines(request: &Request) -> Vec<String> {
    let line = |hit: Hit| {
        let packing = if hit.packing.is_empty() { String::new() } else { format!(" ({})", hit.packing.join(", ")) };
        format!("{} at {}: {}{packing}", hit.what, hit.field, hit.form.words())
    };
    find(request).into_iter().map(line).collect()
}

#[track_caller]
fn check(url: &str, body: Option<&str>, expect: &[&str]) {
    assert_eq!(lines(&request(url, body)), expect, "{url} {body:?}");
}

const AT: &str = "https://collect.example/c";

#[test]
fn a_value_is_found_in_every_packing() {
    let plain = "Pixelina.Proofrun@example.com";
    let packed = STANDARD.encode(plain);
    let found = &["email at m: as plain text"];
    check(&format!("{AT}?m=Pixelina.Proofrun%40example.com"), None, found);
    check(&format!("{AT}?m=PIXELINA.PROOFRUN@EXAMPLE.COM"), None, found);
    check(&format!("{AT}?m=+pixelina.proofrun@example.com+"), None, found);
    check(
        &format!("{AT}?m=pixelina.proofrun%252540example.com"),
        None,
        &["email at m: as plain text (percent, percent)"],
    );
    check(&format!("{AT}?m={packed}"), None, &["email at m: as plain text (base64)"]);
    check(AT, Some(&format!("{{\"u\":{{\"e\":\"{plain}\"}}}}")), &["email at body.u.e: as plain text"]);
    check(
        AT,
        Some(&format!("d={}", STANDARD.encode(format!("{{\"e\":\"{plain}\"}}")).replace('+', "%2B"))),
        &["email at body.d.e: as plain text (base64, json)"],
    );
    check(&format!("{AT}/u/{plain}/x"), None, &["email at url path: as plain text"]);
    check(
        &format!("{AT}?dl=https%3A%2F%2Fshop.example%2F%3Fmail%3Dpixelina.proofrun%2540example.com"),
        None,
        &["email at dl.mail: as plain text"],
    );
    check(
        AT,
        Some(
            "------WebKitFormBoundaryAb12\r\nContent-Disposition: form-data; name=\"tel\"\r\n\r\n+1 (202) 555-0143\r\n------WebKitFormBoundaryAb12--\r\n",
        ),
        &["phone at body.tel: as plain text"],
    );
    check(
        &format!("{AT}?e=706978656c696e612e70726f6f6672756e406578616d706c652e636f6d"),
        None,
        &["email at e: as plain text (hex)"],
    );
}

#[test]
fn hashes_are_told_by_what_was_hashed() {
    let right = sha256("pixelina.proofrun@example.com");
    let typed = sha256("Pixelina.Proofrun@example.com");
    check(&format!("{AT}?ud[em]={right}"), None, &["email at ud[em]: as sha256 of the value in lower case"]);
    check(
        &format!("{AT}?ud[em]={}", right.to_uppercase()),
        None,
        &["email at ud[em]: as sha256 of the value in lower case"],
    );
    check(&format!("{AT}?ud[em]={typed}"), None, &["email at ud[em]: as sha256 of the value as typed"]);
    check(&format!("{AT}?ph={}", sha256("12025550143")), None, &["phone at ph: as sha256 of the value as digits"]);
    check(
        AT,
        Some(&format!("{{\"h\":\"{}\"}}", sha256(&right))),
        &["email at body.h: as sha256 of the value hashed once before"],
    );
    let forms: Vec<Form> =
        find(&request(&format!("{AT}?a={right}&b={typed}"), None)).into_iter().map(|h| h.form).collect();
    let normalised = |form: &Form| matches!(form, Form::Hash { normalised: true, .. });
    assert_eq!(forms.iter().filter(|form| normalised(form)).count(), 1, "{forms:?}");
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn known_hashes_are_right() {
    // Values of another implementation.
    for (form, hash) in [
        ("as md5 of the value in lower case", "f1c8f30e8c250824512beff146491708"),
        ("as sha1 of the value in lower case", "4e1b9128e98b2b85d8a43824ce645ed4cd7fbdb5"),
        ("as sha256 in base64 of the value in lower case", "s79PZPlob8JfrcBoX9Puxw0jS4yifGkk%2BXzR1pV3Iso"),
    ] {
        check(&format!("{AT}?h={hash}"), None, &[&format!("email at h: {form}")]);
    }
}

#[test]
fn what_only_looks_like_a_value_is_none() {
    check(&format!("{AT}?e=someone@example.com&zip=99987-1&n=199987&t=2025550144"), None, &[]);
    check(&format!("{AT}?zip=99987"), None, &["postal-code at zip: as plain text"]);
    check(&format!("{AT}?first=Pixel&ua=Pixelproof"), None, &[]);
    check("not an address", Some("{{{"), &[]);
}

#[test]
fn a_name_is_not_found_in_an_address_that_holds_it() {
    check(
        &format!("{AT}?m=pixelina.proofrun@example.com&n=Pixelina+Proofrun&f=pixelina"),
        None,
        &["email at m: as plain text", "first-name at f: as plain text", "name at n: as plain text"],
    );
}
