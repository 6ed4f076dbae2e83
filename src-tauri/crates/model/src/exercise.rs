//! What was done on a page by way of exercise, and what of a person who doesn't exist was seen leaving.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Beacon, Pass};

/// Kind of an act of exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ExerciseKind {
    /// Scrolled to the end.
    Scroll,
    /// Opened a menu or the like.
    Open,
    /// Typed into a field.
    Type,
    /// Followed a link that changed the route.
    Route,
    /// Changed the address alone: what leaves then is a library's own doing.
    BareRoute,
    /// Clicked.
    Click,
    /// Had a form sent, as far as the page is concerned.
    Submit,
}

/// One act of exercise on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ExerciseAct {
    /// Pass.
    pub pass: Pass,
    /// Number within the pass, from 1; beacons name it as their `step`.
    pub number: u32,
    /// What was done.
    pub kind: ExerciseKind,
    /// On what.
    pub on: String,
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// Address after it.
    pub address: String,
    /// Requests that were held: pages that it would have led to, and what would have changed something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
}

impl ExerciseAct {
    /// Whether a request left in this act.
    pub fn set_off(&self, beacon: &Beacon) -> bool {
        beacon.pass == self.pass && beacon.step == Some(self.number)
    }
}

/// When a typed value left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum TypedWhen {
    /// While or after it was typed, before the visitor did anything further.
    BeforeSubmit,
    /// When the page was left without anything sent.
    OnLeaving,
    /// After the visitor clicked on something further: sent the form, as a rule.
    AfterClick,
}

/// A value that was typed into a form and left to somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TypedLeak {
    /// What it is: `email`, `phone` …
    pub what: String,
    /// Pass.
    pub pass: Pass,
    /// Step of the journey, or act of exercise, in which it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// When it left.
    pub when: TypedWhen,
    /// Page that it left.
    pub page: String,
    /// Host that got it.
    pub host: String,
    /// Catalogue id of the vendor that the request is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Field of the request, with the way to it.
    pub field: String,
    /// Form, in words: `as plain text`, `as sha256 of the value in lower case`.
    pub form: String,
    /// It is a hash.
    pub hashed: bool,
    /// A hash of what platforms ask for, so that it matches an account; true for what is no hash.
    pub normalised: bool,
    /// What it is packed in, from the outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packing: Vec<String>,
    /// Beginning of the request's address.
    pub request: String,
    /// How many requests carried it so.
    pub count: u32,
}
