//! Whole sessions: a client of the server's core, under a clock that jumps, and a second one who speaks and hears.
//!
//! ```text
//! cwt                                   the chat; born on a WebSocket; small limits
//! T40                                   a text on the WebSocket
//! T42["message",{"name":"A","input":"x"}]
//! =["message",{"name":"B","input":"y"}] the other one speaks
//! ~100                                  time passes, from deadline to deadline
//! >3                                    the WebSocket takes three frames
//! ```
//!
//! The letters are in [`Step`]; a line that begins with none of them is skipped. The first line takes any letters, so
//! that no input is wasted: `c`, `e`, `p` choose the chat, echo and plus, anything else Engine.IO's echo.

mod ear;
mod player;
mod stage;
mod step;

use stage::Stage;
use step::Step;

/// Claims, for whatever a client does at whatever time: `Closed` comes last, and once; a GET gets one answer,
/// and only one that is held; nothing is due any more when all was done that is due; what waits is within its bounds;
/// all that is sent can be read, in an order that the protocol allows, with no frame between those of one packet; and
/// nobody who stays misses what was said; and silence ends it.
pub fn session(data: &[u8]) {
    let (scene, program) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let mut stage = Stage::new(scene, data.len());
    for step in program.split(|byte| *byte == b'\n').filter_map(Step::read) {
        stage.play(step);
    }
    stage.end();
}
