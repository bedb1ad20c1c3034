//! A venue that does what a test says: our own core in virtual time, behind a target that can die, lag and change its mind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::case::Profile;
use crate::ours::{self, Pace};
use crate::packet::Content;
use crate::sans_io::SansIo;
use crate::target::{Act, Event, Link, Opening, Outgoing, Request, Target};
use crate::venue::Venue;

/// What the server does.
pub(super) struct Script {
    pub(super) app: Profile,
    /// It is started again after its death.
    pub(super) revives: bool,
    /// This machine wakes so late.
    pub(super) lag: Duration,
    /// It answers no more after so many targets.
    pub(super) lives_for: usize,
    pub(super) state: Arc<State>,
}

#[derive(Default)]
pub(super) struct State {
    deaths: Mutex<Vec<String>>,
    made: AtomicUsize,
    renewed: AtomicUsize,
    moods: AtomicUsize,
}

impl Script {
    pub(super) fn of(app: Profile) -> Script {
        let (lag, state) = (Duration::ZERO, Arc::default());
        Script { app, revives: true, lag, lives_for: usize::MAX, state }
    }

    pub(super) fn renewed(&self) -> usize {
        self.state.renewed.load(Ordering::Relaxed)
    }
}

impl Venue for Script {
    fn target(&self) -> Result<Box<dyn Target>, String> {
        if !self.revives && self.deaths() > 0 {
            return Err("gone".to_owned());
        }
        if self.state.made.fetch_add(1, Ordering::Relaxed) >= self.lives_for {
            return Err("it has stopped".to_owned());
        }
        let target = SansIo::new(ours::config(self.app, Pace::Slow));
        Ok(Box::new(Sick { target, lag: self.lag, state: Arc::clone(&self.state) }))
    }

    fn deaths(&self) -> usize {
        self.state.deaths.lock().unwrap().len()
    }

    fn death_after(&self, deaths: usize, _suspect: bool) -> Option<String> {
        self.state.deaths.lock().unwrap().get(deaths).cloned()
    }

    fn revives(&self) -> bool {
        self.revives
    }

    fn renew(&self) -> Result<(), String> {
        self.state.renewed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

struct Sick {
    target: SansIo,
    lag: Duration,
    state: Arc<State>,
}

impl Target for Sick {
    fn now(&self) -> Duration {
        self.target.now()
    }

    fn pump(&mut self, until: Duration) -> bool {
        self.target.pump(until)
    }

    fn is_live(&self) -> bool {
        false
    }

    fn request(&mut self, request: &Request) -> Link {
        let mut request = request.clone();
        // In every second mood it knows no such path.
        if request.target.contains("moody")
            && self.state.moods.fetch_add(1, Ordering::Relaxed).is_multiple_of(2)
        {
            request.target = "/elsewhere".to_owned();
        }
        self.target.request(&request)
    }

    fn open(&mut self, opening: &Opening) -> Link {
        self.target.open(opening)
    }

    fn connect(&mut self) -> Link {
        self.target.connect()
    }

    fn send(&mut self, link: Link, what: Outgoing<'_>) {
        if let Outgoing::Messages([Content::Text(text), ..]) = what
            && text.contains("die")
        {
            self.state.deaths.lock().unwrap().push("killed".to_owned());
        }
        self.target.send(link, what);
    }

    fn act(&mut self, link: Link, act: Act) {
        self.target.act(link, act);
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        self.target.event(link)
    }

    fn lag(&self) -> Duration {
        self.lag
    }
}
