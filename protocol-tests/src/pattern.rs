//! What is expected of a value: structure with closed objects, kinds, bindings.
//!
//! ```text
//! ["auth",{"token":"abc",...}]   ...: more keys (or elements)       bytes 00ff           an attachment in its place
//! {any} {string 8..64}           a kind, with its length or range    {/^m\d+$/}           a string that matches
//! {=x} {x}                       equal to what is bound              {!= a.sid, b.sid}    different from each
//! {x:=string}                    binds, if it fits                   {object} x30         thirty such elements
//! ```

mod packet;
mod reader;

use std::fmt;

use regex::Regex;

use crate::json::Json;
use crate::scope::Scope;
use crate::text::Text;

pub use packet::{PacketPattern, Received};

/// What a value must be.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Whatever it is.
    Any,
    /// A string of so many characters.
    Text(Bounds),
    /// A number in a range.
    Number(Bounds),
    /// An array of so many elements.
    Array(Bounds),
    /// An object.
    Object,
    /// A string, or the JSON text of anything else, that matches.
    Regex(Regex),
    /// Equal to what is bound to this name.
    Same(String),
    /// Different from what is bound to each of these names.
    NoneOf(Vec<String>),
    /// Fits the inner pattern, and is bound to this name.
    Bind(String, Box<Pattern>),
    /// An attachment.
    Bytes(Vec<u8>),
    /// A string with places in it.
    Characters(Text),
    /// A number, a boolean or null.
    Scalar(Json),
    /// These elements, in this order.
    Elements(Elements),
    /// These members, in any order.
    Members(Members),
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements {
    /// Each with the number of times it stands in a row.
    pub items: Vec<(Pattern, usize)>,
    /// Others may stand before these.
    pub more_before: bool,
    /// Others may stand behind these.
    pub more_behind: bool,
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members {
    /// Key and value.
    pub items: Vec<(Text, Pattern)>,
    /// Other keys may be there.
    pub more: bool,
}

/// A range: `8..64`, `1..`, `3..3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Bounds {
    /// No bound at all.
    pub const NONE: Bounds = Bounds { least: f64::NEG_INFINITY, most: f64::INFINITY };

    fn hold(self, value: f64) -> bool {
        self.least <= value && value <= self.most
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bounds { least, most } = self;
        match (least.is_finite(), most.is_finite()) {
            (false, false) => Ok(()),
            (true, false) => write!(f, " {least}.."),
            (false, true) => write!(f, " ..{most}"),
            (true, true) => write!(f, " {least}..{most}"),
        }
    }
}

/// Names and values that a match binds.
pub type Bindings = Vec<(String, Json)>;

impl Pattern {
    /// Compares; on success `bound` has got what the pattern binds, on failure the error says where and why.
    pub fn check(&self, value: &Json, scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
        let differs = |expected: &str| Err(format!("expected {expected}, got {}", short(value)));
        match (self, value) {
            (Pattern::Any, _) | (Pattern::Object, Json::Object(_)) => Ok(()),
            (Pattern::Text(bounds), Json::Text(text)) if bounds.hold(text.chars().count() as f64) => Ok(()),
            (Pattern::Number(bounds), Json::Number(n)) if n.0.parse().is_ok_and(|n| bounds.hold(n)) => Ok(()),
            (Pattern::Array(bounds), Json::Array(items)) if bounds.hold(items.len() as f64) => Ok(()),
            (Pattern::Regex(regex), Json::Text(text)) if regex.is_match(text) => Ok(()),
            (Pattern::Regex(regex), other)
                if !matches!(other, Json::Text(_)) && regex.is_match(&other.to_string()) =>
            {
                Ok(())
            }
            (Pattern::Same(name), _) if look_up(name, scope, bound)? == *value => Ok(()),
            (Pattern::Same(name), _) => {
                differs(&format!("{{={name}}}, {}", short(&look_up(name, scope, bound)?)))
            }
            (Pattern::NoneOf(names), _) => {
                for name in names {
                    if look_up(name, scope, bound)? == *value {
                        return differs(&format!("something else than {{{name}}}"));
                    }
                }
                Ok(())
            }
            (Pattern::Bind(name, inner), _) => {
                inner.check(value, scope, bound)?;
                bound.push((name.clone(), value.clone()));
                Ok(())
            }
            (Pattern::Bytes(bytes), Json::Bytes(got)) if bytes == got => Ok(()),
            (Pattern::Scalar(expected), _) if expected == value => Ok(()),
            (Pattern::Characters(text), Json::Text(got)) => characters(text, got, scope, bound),
            (Pattern::Elements(elements), Json::Array(got)) => elements.check(got, scope, bound),
            (Pattern::Members(members), Json::Object(got)) => members.check(got, scope, bound),
            _ => differs(&self.to_string()),
        }
    }
}

impl Elements {
    fn check(&self, got: &[Json], scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
        let expected: Vec<&Pattern> =
            self.items.iter().flat_map(|(p, times)| std::iter::repeat_n(p, *times)).collect();
        let short_of = got.len() < expected.len();
        if short_of || (got.len() > expected.len() && !self.more_before && !self.more_behind) {
            return Err(format!("expected {} elements, got {}", expected.len(), got.len()));
        }
        let spare = got.len() - expected.len();
        let starts = match (self.more_before, self.more_behind) {
            (false, _) => 0..=0,
            (true, false) => spare..=spare,
            (true, true) => 0..=spare,
        };
        let mut reason = String::new();
        for start in starts {
            let mut tried = Bindings::new();
            let row = expected.iter().zip(&got[start..]).enumerate().try_for_each(|(i, (pattern, value))| {
                pattern.check(value, scope, &mut tried).map_err(|why| format!("[{}]: {why}", start + i))
            });
            match row {
                Ok(()) => {
                    bound.extend(tried);
                    return Ok(());
                }
                Err(why) => reason = why,
            }
        }
        Err(reason)
    }
}

impl Members {
    fn check(&self, got: &[(String, Json)], scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
        let mut seen = Vec::new();
        for (key, pattern) in &self.items {
            let key = key.render(scope)?;
            let Some((_, value)) = got.iter().rev().find(|(name, _)| *name == key) else {
                return Err(format!("no key {key:?}"));
            };
            pattern.check(value, scope, bound).map_err(|why| format!(".{key}: {why}"))?;
            seen.push(key);
        }
        match got.iter().find(|(name, _)| !seen.contains(name)) {
            Some((name, _)) if !self.more => Err(format!("the key {name:?} should not be there")),
            _ => Ok(()),
        }
    }
}

fn characters(text: &Text, got: &str, scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
    if text.is_plain() {
        let expected = text.render(scope)?;
        let differs = || format!("expected {}, got {}", shorten(&expected), shorten(got));
        return if expected == got { Ok(()) } else { Err(differs()) };
    }
    match_text(text, got, scope, bound)
}

/// Compares a whole text with one that has regular expressions in it.
pub(crate) fn match_text(text: &Text, got: &str, scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
    let (regex, names) = text.regex(scope, !text.is_regex())?;
    let Some(captures) = regex.captures(got) else {
        return Err(format!("expected {text}, got {}", shorten(got)));
    };
    for (i, name) in names.iter().enumerate() {
        let value = captures.name(&format!("bound{i}")).map_or("", |m| m.as_str());
        bound.push((name.clone(), Json::Text(value.to_owned())));
    }
    Ok(())
}

fn look_up(name: &str, scope: &Scope, bound: &Bindings) -> Result<Json, String> {
    match bound.iter().rev().find(|(known, _)| known == name) {
        Some((_, value)) => Ok(value.clone()),
        None => scope.value(name),
    }
}

fn short(value: &Json) -> String {
    shorten(&value.to_string())
}

/// Cuts a long text in the middle, and shows what cannot be seen.
pub(crate) fn shorten(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| match c {
            '\u{1e}' => '␞',
            '\r' => '␍',
            '\n' => '␊',
            c => c,
        })
        .collect();
    let length = visible.chars().count();
    if length <= 200 {
        return visible;
    }
    let head: String = visible.chars().take(120).collect();
    let tail: String = visible.chars().skip(length - 40).collect();
    format!("{head}...({length} characters)...{tail}")
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Any => f.write_str("{any}"),
            Pattern::Text(bounds) => write!(f, "{{string{bounds}}}"),
            Pattern::Number(bounds) => write!(f, "{{number{bounds}}}"),
            Pattern::Array(bounds) => write!(f, "{{array{bounds}}}"),
            Pattern::Object => f.write_str("{object}"),
            Pattern::Regex(regex) => write!(f, "{{/{regex}/}}"),
            Pattern::Same(name) => write!(f, "{{={name}}}"),
            Pattern::NoneOf(names) => write!(f, "{{!= {}}}", names.join(", ")),
            Pattern::Bind(name, inner) => write!(f, "{{{name}:={inner}}}"),
            Pattern::Bytes(bytes) => write!(f, "bytes {}", crate::hex::write(bytes)),
            Pattern::Characters(text) => write!(f, "\"{text}\""),
            Pattern::Scalar(value) => write!(f, "{value}"),
            Pattern::Elements(elements) => write!(f, "an array of {} elements", elements.items.len()),
            Pattern::Members(members) => write!(f, "an object with {} keys", members.items.len()),
        }
    }
}

#[cfg(test)]
mod tests;
