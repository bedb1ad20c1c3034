//! Makes a wire that nobody can explain smaller, as long as nobody can explain it.

use super::decoders;
use super::judge::{Judged, judge};
use super::reading::Reading;
use super::reference::Reference;
use super::results::Finding;
use crate::codec::Fault;
use crate::packet::Content;

/// Takes frames and letters away until every one of them matters.
pub(super) fn shrink(reference: &mut Reference, mut finding: Finding) -> Result<Finding, Fault> {
    let kind = finding.kind;
    loop {
        let candidates = smaller(&finding.wire);
        let theirs = reference.readings(kind, &candidates)?;
        let unexplained = |(wire, theirs): (Vec<Content>, Reading)| {
            let ours = decoders::read(kind, &wire).reading;
            match judge(kind, &wire, &ours, &theirs) {
                Judged::Unexplained(why) => Some(Finding { kind, wire, why }),
                Judged::Same | Judged::Explained(_) => None,
            }
        };
        match candidates.into_iter().zip(theirs).find_map(unexplained) {
            Some(found) => finding = found,
            None => return Ok(finding),
        }
    }
}

/// Lists what is left without one frame, or without some letters of one text; the smallest first.
fn smaller(wire: &[Content]) -> Vec<Vec<Content>> {
    let mut found = Vec::new();
    for (index, content) in wire.iter().enumerate() {
        if wire.len() > 1 {
            let mut without = wire.to_vec();
            without.remove(index);
            found.push(without);
        }
        let Content::Text(text) = content else { continue };
        let chars: Vec<char> = text.chars().collect();
        for length in [16, 4, 2, 1] {
            for from in 0..(chars.len() + 1).saturating_sub(length) {
                let text = chars[..from].iter().chain(&chars[from + length..]).collect();
                let mut without = wire.to_vec();
                without[index] = Content::Text(text);
                found.push(without);
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Candidates a round: the line that asks for them is long enough.
const MOST: usize = 500;
