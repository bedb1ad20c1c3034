//! One line of a program.

use std::time::Duration;

/// What happens next.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// `G`: a GET.
    Get,
    /// `g`: the client hangs up on it.
    AbortGet,
    /// `P` and a body: a POST that comes whole.
    Post(&'a [u8]),
    /// `S` and a content type, if any: the head of a POST.
    StartPost(&'a str),
    /// `F` and a body: the rest of it.
    FinishPost(&'a [u8]),
    /// `R`: the body was refused.
    RefusePost,
    /// `A`: the client hangs up amid the body.
    AbortPost,
    /// `O`: a WebSocket for the session.
    Open,
    /// `T`: a text on it.
    Text(&'a str),
    /// `B`: a binary on it.
    Binary(&'a [u8]),
    /// `C`: it is gone.
    Lose,
    /// `>` and a number: it takes so many frames.
    Take(usize),
    /// `=` and an event's array: the other client sends it.
    Say(&'a str),
    /// `~` and milliseconds: time passes, and whatever is due is done in time.
    Wait(Duration),
    /// `+` and milliseconds: the machine was busy for so long.
    Sleep(Duration),
    /// `!`: the server ends.
    End,
}

impl<'a> Step<'a> {
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let (verb, operand) = line.split_first()?;
        let text = str::from_utf8(operand);
        let number = || text.ok()?.parse::<u32>().ok();
        let time = || Some(Duration::from_millis(number()?.into()).min(LONGEST));
        Some(match verb {
            b'G' => Step::Get,
            b'g' => Step::AbortGet,
            b'P' => Step::Post(operand),
            b'S' => Step::StartPost(text.ok()?),
            b'F' => Step::FinishPost(operand),
            b'R' => Step::RefusePost,
            b'A' => Step::AbortPost,
            b'O' => Step::Open,
            b'T' => Step::Text(text.ok()?),
            b'B' => Step::Binary(operand),
            b'C' => Step::Lose,
            b'>' => Step::Take(number()?.min(FRAMES) as usize),
            b'=' => Step::Say(text.ok()?),
            b'~' => Step::Wait(time()?),
            b'+' => Step::Sleep(time()?),
            b'!' => Step::End,
            _ => return None,
        })
    }
}

/// Beyond the longest timeout, that of a client without a namespace.
const LONGEST: Duration = Duration::from_secs(60);

/// More than an outbox has broadcasts.
const FRAMES: u32 = 100;
