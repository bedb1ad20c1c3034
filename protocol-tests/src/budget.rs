//! Guesses how long a case will take on a server that does everything right.

use std::time::Duration;

use crate::case::Case;
use crate::notation::{Step, StepKind, Timing, Transport};
use crate::player::SETTLE;
use crate::span::Intervals;

/// Sums up the times that pass even when nothing fails: waits, silences, pings, and whatever must not come before its time.
pub fn estimate(case: &Case, _over: Option<Transport>, intervals: &Intervals) -> Duration {
    steps(&case.conversation.setup, intervals) + steps(&case.conversation.steps, intervals)
}

fn steps(list: &[Step], intervals: &Intervals) -> Duration {
    list.iter().map(|step| duration(&step.kind, intervals)).sum()
}

fn duration(kind: &StepKind, intervals: &Intervals) -> Duration {
    match kind {
        StepKind::Settle | StepKind::Park { .. } => SETTLE.mul_f64(intervals.scale),
        StepKind::Wait(span) | StepKind::Silent { span, .. } => span.resolve(intervals),
        StepKind::Repeat { times, steps: inner, .. } => {
            steps(inner, intervals) * u32::try_from(*times).unwrap_or(u32::MAX)
        }
        StepKind::Either(branches) => {
            branches.first().map_or(Duration::ZERO, |branch| steps(&branch.steps, intervals))
        }
        StepKind::Expect { packets, timing, .. } if packets[0].is("2") => bound(timing, intervals),
        StepKind::Expect { timing, .. }
        | StepKind::Closed { timing, .. }
        | StepKind::Answer { answer: crate::notation::Answers { timing, .. }, .. } => {
            match &timing.not_before {
                Some((span, _)) => span.resolve(intervals),
                None => Duration::ZERO,
            }
        }
        _ => Duration::ZERO,
    }
}

fn bound(timing: &Timing, intervals: &Intervals) -> Duration {
    timing.within.as_ref().map_or(intervals.ping_interval, |(span, _)| span.resolve(intervals))
}
