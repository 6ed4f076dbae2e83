//! What a page is about, where that alone says something sensitive of whoever reads it. Words of the address and of the
//! title are evidence of two kinds; a topic needs both, since one word alone is as often a product's name.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;
use pixelproof_model::{Page, PageKind};

/// A sensitive topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Health,
    Intimate,
    Mind,
    Money,
    Children,
    Belief,
    Distress,
}

impl Topic {
    /// For a sentence: “a page about …”.
    pub(super) fn words(self) -> &'static str {
        match self {
            Topic::Health => "health",
            Topic::Intimate => "sexual or reproductive health, or sexuality",
            Topic::Mind => "mental health or addiction",
            Topic::Money => "debts, loans or benefits",
            Topic::Children => "children",
            Topic::Belief => "religion, politics or unions",
            Topic::Distress => "help in distress",
        }
    }
}

/// Roots in six languages, without accents; one that ends with `*` stands for any ending. Words that shops use of their
/// goods are left out.
const ROOTS: &[(Topic, &[&str])] = &[
    (
        Topic::Health,
        &[
            "symptom*",
            "sintoma*",
            "sintomi",
            "diagnos*",
            "oncolog*",
            "onkolog*",
            "cardiolog*",
            "kardiolog*",
            "hospital*",
            "krankenhaus",
            "ospedale",
            "klinik*",
            "clinic",
            "clinics",
            "clinica",
            "clinique",
            "cancer",
            "krebs",
            "tumor*",
            "tumore",
            "diabetes",
            "diabete",
            "hepatitis",
            "hiv",
            "aids",
            "chemotherap*",
            "krankheit*",
            "maladie*",
            "enfermedad*",
            "doenca*",
            "malatti*",
            "disease*",
            "patient",
            "patients",
            "patienten*",
            "paciente*",
            "pazient*",
            "mychart",
            "prescription*",
            "ordonnance*",
            "medication*",
            "medikament*",
            "medicament*",
            "farmac*",
            "telehealth",
            "telemedi*",
            "vaccin*",
            "vacuna*",
            "impfung*",
            "surgery",
            "chirurg*",
            "apotheke",
            "pharmacy",
            "pharmacie",
        ],
    ),
    (
        Topic::Intimate,
        &[
            "abortion*",
            "abtreibung*",
            "schwangerschaftsabbruch",
            "avortement",
            "aborto*",
            "pregnan*",
            "schwanger*",
            "embaraz*",
            "gravidez",
            "gravidanza",
            "contracep*",
            "anticoncep*",
            "verhutung",
            "fertilit*",
            "fertilid*",
            "kinderwunsch",
            "ivf",
            "ivg",
            "std",
            "sti",
            "chlamydia",
            "erectile*",
            "viagra",
            "lgbt*",
            "gay",
            "lesbi*",
            "schwul*",
            "homosex*",
            "transgender*",
            "transgen*",
            "fetish*",
        ],
    ),
    (
        Topic::Mind,
        &[
            "depression",
            "depressionen",
            "depresion",
            "depressao",
            "depressione",
            "anxiety",
            "anxiete",
            "ansiedad*",
            "angststorung*",
            "suicid*",
            "suizid*",
            "bipolar*",
            "adhd",
            "adhs",
            "psychotherap*",
            "psicoterap*",
            "psycholog*",
            "psicolog*",
            "addiction*",
            "adiccion*",
            "dipendenz*",
            "dependencia",
            "sucht*",
            "entzug*",
            "rehab",
            "alcoholi*",
            "alkoholi*",
            "counseling",
            "counselling",
            "therapist*",
        ],
    ),
    (
        Topic::Money,
        &[
            "bankruptcy",
            "insolven*",
            "surendettement",
            "payday",
            "debt",
            "debts",
            "schulden*",
            "dette",
            "dettes",
            "deuda*",
            "divida*",
            "debiti",
            "mortgage*",
            "hipoteca*",
            "loan",
            "loans",
            "darlehen",
            "kredit*",
            "prestamo*",
            "emprestimo*",
            "prestit*",
            "overdraft",
            "schufa",
            "welfare",
            "burgergeld",
            "sozialhilfe",
        ],
    ),
    (
        Topic::Children,
        &[
            "kindergarten*",
            "preschool*",
            "kita",
            "kitas",
            "creche*",
            "guarderia*",
            "maternelle",
            "kids-games",
            "for-kids",
            "kinderspiele",
            "coloring-pages",
            "nursery-rhymes",
        ],
    ),
    (
        Topic::Belief,
        &[
            "mosque*",
            "moschee*",
            "mosquee*",
            "synagog*",
            "parish*",
            "paroisse*",
            "parroquia*",
            "parrocchia",
            "zakat",
            "kirchengemeinde",
            "trade-union*",
            "gewerkschaft*",
            "syndicat*",
            "sindicat*",
            "sindacat*",
            "petition*",
            "peticion*",
            "peticao",
            "petizion*",
            "asylum",
            "asyl*",
        ],
    ),
    (
        Topic::Distress,
        &[
            "domestic-violence",
            "violences-conjugales",
            "frauenhaus",
            "violencia-de-genero",
            "violencia-domestica",
            "violenza-domestica",
            "whistleblow*",
            "hinweisgeber*",
            "victim-support",
            "opferhilfe",
            "divorce",
            "scheidung*",
            "divorcio",
            "divorzio",
            "crisis-line",
        ],
    ),
];

/// Longest text looked at.
const MAX_TEXT: usize = 2000;
/// Parts of an address that say that somebody writes about a thing rather than offers it.
const TELLING: [&str; 8] =
    ["-blog-", "-news-", "-press-", "-presse-", "-magazine-", "-magazin-", "-careers-", "-jobs-"];

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub(super) topic: Topic,
    /// Word of the address, and of the title.
    pub(super) words: (String, String),
    /// An article on it: who reads it is less surely concerned.
    pub(super) telling: bool,
}

/// The sensitive topic of a page, where its address and its title name one.
pub(super) fn about(page: &Page) -> Option<About> {
    if page.kinds.contains(&PageKind::Policy) {
        return None;
    }
    let host = page.url.host_str().unwrap_or_default();
    let place = fold(&format!("{host} {}", page.url.path()));
    let title = fold(page.title.as_deref().unwrap_or_default());
    let (of_place, of_title) = (matches(&place), matches(&title));
    let found = topics().find_map(|(topic, roots)| {
        let word = |of: &Matches, text: &str| of.range(roots.clone()).find_map(|(_, root)| word_of(text, root));
        Some((topic, (word(&of_place, &place)?, word(&of_title, &title)?)))
    });
    let telling = page.kinds.contains(&PageKind::Article) || TELLING.iter().any(|word| place.contains(word));
    found.map(|(topic, words)| About { topic, words, telling })
}

/// Lower case, without accents, words parted by one hyphen each.
fn fold(text: &str) -> String {
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let mut out = String::from("-");
    for letter in text.chars().take(MAX_TEXT).flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(letters) => out.push_str(letters),
            None if letter.is_alphanumeric() => out.push(letter),
            None if out.ends_with('-') => {}
            None => out.push('-'),
        }
    }
    out.push('-');
    out
}

fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ç' => "c",
        'ñ' => "n",
        'ß' => "ss",
        _ => return None,
    })
}

/// Where each root stands first, by its number.
type Matches = BTreeMap<usize, Range<usize>>;

/// All roots at once: every page of a crawl is asked for some hundred.
static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let roots = ROOTS.iter().flat_map(|(_, roots)| *roots);
    AhoCorasick::new(roots.map(|root| match root.strip_suffix('*') {
        Some(root) => format!("-{root}"),
        None => format!("-{root}-"),
    }))
    .ok()
});

/// The topics, each with the numbers of its roots.
fn topics() -> impl Iterator<Item = (Topic, Range<usize>)> {
    ROOTS.iter().scan(0, |next, (topic, roots)| {
        let first = *next;
        *next += roots.len();
        Some((*topic, first..*next))
    })
}

/// The roots that a folded text holds.
fn matches(text: &str) -> Matches {
    let mut out = Matches::new();
    for found in AUTOMATON.iter().flat_map(|roots| roots.find_overlapping_iter(text)) {
        // Without the hyphens that part it from others.
        let root = text.get(found.range()).unwrap_or_default();
        let end = found.end() - usize::from(root.ends_with('-'));
        out.entry(found.pattern().as_usize()).or_insert(found.start() + 1..end);
    }
    out
}

/// The whole word of a folded text that begins with a root.
fn word_of(text: &str, root: &Range<usize>) -> Option<String> {
    let end = root.end + text.get(root.end..)?.find('-')?;
    text.get(root.start..end).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trial::Trial;

    #[test]
    fn a_topic_needs_the_address_and_the_title() {
        for (address, title, wanted) in [
            (
                "https://care.example/oncology/appointments",
                "Book an oncology appointment",
                Some((Topic::Health, "oncology", false)),
            ),
            (
                "https://care.example/schwangerschaft-woche-8",
                "Schwangerschaft: 8. Woche",
                Some((Topic::Intimate, "schwangerschaft", false)),
            ),
            ("https://a.example/d%C3%A9pression/", "Dépression : en parler", Some((Topic::Mind, "depression", false))),
            ("https://bank.example/loans/apply", "Apply for loans", Some((Topic::Money, "loans", false))),
            (
                "https://city.example/help/domestic-violence",
                "Domestic violence: where to go",
                Some((Topic::Distress, "domestic-violence", false)),
            ),
            (
                "https://daily.example/news/diabetes-study",
                "Diabetes: a new study",
                Some((Topic::Health, "diabetes", true)),
            ),
            ("https://diabetes-clinic.example/", "Diabetes clinic", Some((Topic::Health, "clinic", false))),
            ("https://shop.example/p/1", "Depression glass vase", None),
            ("https://shop.example/loans", "Shop", None),
            ("https://shop.example/clinical-white-sofa", "Clinical white sofa", None),
            ("https://care.example/oncology/privacy-policy", "Oncology: privacy policy", None),
        ] {
            let html = format!("<!doctype html><title>{title}</title>");
            let found =
                about(&Trial::at(address, &html).seen()).map(|about| (about.topic, about.words.0, about.telling));
            assert_eq!(found, wanted.map(|(topic, word, telling)| (topic, word.to_owned(), telling)), "{address}");
        }
    }
}
