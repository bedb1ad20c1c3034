//! The faults, in the order in which they are done.

mod broadcast;
mod byte_by_byte;
pub mod clock;
mod descriptors;
mod flood;
mod half_closed;
mod pipeline;
mod poison;
mod silent;
mod stampede;
pub mod stopped_readers;
mod trickle;
mod upgrade;
mod window;

use std::io;

use crate::dice::Dice;
use crate::stage::Fault;
use crate::target::Target;

/// All of them.
pub const FAULTS: &[Fault] = &[
    upgrade::FAULT,
    half_closed::FAULT,
    byte_by_byte::FAULT,
    trickle::FAULT,
    stampede::FAULT,
    stopped_readers::FAULT,
    descriptors::FAULT,
    clock::FAULT,
    window::FAULT,
    poison::FAULT,
    broadcast::FAULT,
    pipeline::FAULT,
    silent::FAULT,
];

/// Something small that the soak does at random, beside others.
#[derive(Clone, Copy, Debug)]
pub struct Mischief {
    /// The fault that it is a part of.
    pub name: &'static str,
    /// Whom it holds up.
    pub reach: Reach,
    /// Does it, and checks what can be checked beside others.
    pub act: fn(Target, &mut Dice) -> io::Result<()>,
}

/// Whom a mischief holds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only those who do it.
    Clients,
    /// The server, and so everyone.
    Server,
}

/// All of them.
pub const MISCHIEF: &[Mischief] = &[
    clients(&upgrade::FAULT, upgrade::mischief),
    clients(&half_closed::FAULT, half_closed::mischief),
    clients(&byte_by_byte::FAULT, byte_by_byte::mischief),
    clients(&trickle::FAULT, trickle::mischief),
    clients(&stampede::FAULT, stampede::mischief),
    clients(&stopped_readers::FAULT, stopped_readers::mischief),
    Mischief { name: descriptors::FAULT.name, reach: Reach::Server, act: descriptors::mischief },
    Mischief { name: clock::FAULT.name, reach: Reach::Server, act: clock::mischief },
    clients(&window::FAULT, window::mischief),
    clients(&poison::FAULT, poison::mischief),
    clients(&broadcast::FAULT, broadcast::mischief),
    clients(&pipeline::FAULT, pipeline::mischief),
    clients(&silent::FAULT, silent::mischief),
];

const fn clients(fault: &Fault, act: fn(Target, &mut Dice) -> io::Result<()>) -> Mischief {
    Mischief { name: fault.name, reach: Reach::Clients, act }
}
