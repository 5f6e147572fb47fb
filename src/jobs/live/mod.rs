//! Keeps what is known of an engine fresh.
//!
//! [`Live::start`] finds the engine, lists what it holds, fills in details, and from then on lives from the stream of
//! its events: only what an event names is asked for again. Nothing is polled, but for one list a minute that makes up
//! for events which the engine dropped. When the engine goes, what is known of it stays, and it is tried again until it
//! is back.
//!
//! | File | What it does |
//! |---|---|
//! | `search` | finds the engine, and finds it again |
//! | `session` | one connection, from the first list to its end |
//! | `listen` | drains the stream of events |
//! | `lane` | decides what to ask next, and when |
//! | `known` | what was told so far, and what is news |
//! | `outbox` | many updates, one message |

mod known;
mod lane;
mod listen;
mod outbox;
mod search;
mod session;

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::engine::{Engine, Surroundings};
use crate::world::Update;
pub use lane::Patience;

/// Orders that may wait to be taken.
const ORDERS: usize = 16;

/// What to keep fresh, and how.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Where the engine is looked for.
    pub around: Surroundings,
    pub pace: Pace,
}

/// How long things take. The default is meant for people.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long events are collected before what they name is asked for.
    pub events: Patience,
    /// Between two lists that nothing gave a reason for.
    pub reconcile: Duration,
    /// Between two messages.
    pub gap: Duration,
    /// Before a lost engine is tried again: at first, and at last.
    pub retry: (Duration, Duration),
    /// Before the usual places are looked at again.
    pub search: Duration,
    /// How long an answer may take before the engine is asked for a sign of life, and how long that may take.
    pub answer: Duration,
    pub ping: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            events: Patience {
                quiet: Duration::from_millis(100),
                longest: Duration::from_millis(500),
                settled: Duration::from_secs(1),
            },
            reconcile: Duration::from_secs(60),
            gap: Duration::from_millis(50),
            retry: (Duration::from_millis(200), Duration::from_secs(2)),
            search: Duration::from_secs(2),
            answer: Duration::from_secs(10),
            ping: Duration::from_secs(5),
        }
    }
}

/// What can be asked of the keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Another engine: its URL, or the name of a context; the one that was wished for at first without it.
    Switch(Option<String>),
    /// List everything again.
    Refresh,
    /// Have the engine reckon what images share and containers wrote. Costs it much.
    Bytes,
}

/// A keeper at work. It ends with this value, or when nobody takes its updates any more.
#[derive(Debug)]
pub struct Live {
    orders: mpsc::Sender<Order>,
    engine: watch::Receiver<Option<Engine>>,
}

impl Live {
    /// Starts keeping, on the runtime that this is called on. Each message is a batch of updates, to be applied in order and drawn once.
    pub fn start(wish: Wish, updates: mpsc::Sender<Vec<Update>>) -> Live {
        let (orders, taken) = mpsc::channel(ORDERS);
        let (current, engine) = watch::channel(None);
        tokio::spawn(search::keep(wish, updates, taken, current));
        Live { orders, engine }
    }

    /// The engine that is connected now.
    pub fn engine(&self) -> Option<Engine> {
        self.engine.borrow().clone()
    }

    /// Tells when the engine changes.
    pub fn watch(&self) -> watch::Receiver<Option<Engine>> {
        self.engine.clone()
    }

    /// Never waits; an order that finds many others before it is dropped.
    pub fn order(&self, order: Order) {
        let _ = self.orders.try_send(order);
    }
}
