//! Currency codes of ISO 4217 that stand for money: national currencies and the units of settlement in daily use.

/// Active codes, sorted.
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
    "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN",
    "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON",
    "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UYW",
    "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// Signs and names that people write instead of a code.
const SPOKEN: &[(&str, &str)] = &[
    ("$", "USD"),
    ("us$", "USD"),
    ("dollar", "USD"),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("£", "GBP"),
    ("gbp£", "GBP"),
    ("pound", "GBP"),
    ("¥", "JPY"),
    ("yen", "JPY"),
    ("rmb", "CNY"),
    ("₹", "INR"),
    ("rs", "INR"),
    ("₽", "RUB"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("₺", "TRY"),
    ("₩", "KRW"),
    ("r$", "BRL"),
    ("a$", "AUD"),
    ("c$", "CAD"),
];

/// Whether this is a code, in capitals.
pub(super) fn is_code(text: &str) -> bool {
    CODES.binary_search(&text).is_ok()
}

/// The code that this was meant to be, where it is plain: small letters, spaces, a sign, a name.
pub(super) fn meant(text: &str) -> Option<&'static str> {
    let trimmed = text.trim();
    let upper = trimmed.to_uppercase();
    if let Ok(at) = CODES.binary_search(&upper.as_str()) {
        return CODES.get(at).copied();
    }
    let lower = trimmed.to_lowercase();
    SPOKEN.iter().find(|(spoken, _)| *spoken == lower).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_well_formed() {
        assert!(CODES.is_sorted() && CODES.windows(2).all(|w| w[0] != w[1]));
        assert!(CODES.iter().all(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase())));
        assert!(SPOKEN.iter().all(|(_, code)| is_code(code)));
    }

    #[test]
    fn meant_codes_are_named() {
        for (text, want) in
            [("usd", Some("USD")), (" EUR ", Some("EUR")), ("€", Some("EUR")), ("XYZ", None), ("", None)]
        {
            assert_eq!(meant(text), want, "{text:?}");
        }
        assert!(is_code("CHF") && !is_code("chf") && !is_code("XXX"));
    }
}
