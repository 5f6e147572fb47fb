//! Finds the engine, keeps it, and finds it again.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::outbox::Outbox;
use super::session::{End, Memory, Session};
use super::{Order, Pace, Wish};
use crate::engine::{self, Engine, Surroundings};
use crate::world::{Connection, Update};

/// A connection that lasted so long was a good one: when it is lost, the engine is tried again soon.
const GOOD: Duration = Duration::from_secs(5);

/// What comes after an attempt.
enum Next {
    Try,
    Switch(Option<String>),
    Stop,
}

/// Keeps until nobody listens or orders any more.
pub(super) async fn keep(
    wish: Wish,
    updates: mpsc::Sender<Vec<Update>>,
    mut orders: mpsc::Receiver<Order>,
    current: watch::Sender<Option<Engine>>,
) {
    let mut around = wish.around.clone();
    loop {
        let outbox = Outbox::new(updates.clone(), wish.pace.gap);
        let mut keeper = Keeper { pace: wish.pace, outbox, orders: &mut orders, current: &current };
        match keeper.stay(&around).await {
            Next::Switch(Some(place)) => around = wish.around.with_engine(&place),
            Next::Switch(None) => around = wish.around.clone(),
            Next::Try | Next::Stop => return,
        }
    }
}

/// All that has to do with one place.
struct Keeper<'a> {
    pace: Pace,
    outbox: Outbox,
    orders: &'a mut mpsc::Receiver<Order>,
    current: &'a watch::Sender<Option<Engine>>,
}

impl Keeper<'_> {
    /// Finds the engine of a place, and stays with it: whatever else may be found meanwhile, a lost engine is waited
    /// for. Returns on order only.
    async fn stay(&mut self, around: &Surroundings) -> Next {
        let engine = match self.find(around).await {
            Ok(engine) => engine,
            Err(next) => return next,
        };
        let mut engine = engine;
        let mut memory = Memory::default();
        let mut pause = self.pace.retry.0;
        loop {
            let begun = Instant::now();
            self.current.send_replace(Some(engine.clone()));
            let session = Session::new(engine.clone(), self.pace, &mut memory, &mut self.outbox);
            let end = session.run(self.orders).await;
            self.current.send_replace(None);
            let why = match end {
                End::Lost(why) => why,
                End::Switch(place) => return Next::Switch(place),
                End::Stop => return Next::Stop,
            };
            if begun.elapsed() >= GOOD {
                pause = self.pace.retry.0;
            }
            engine = match self.regain(&engine, why, &mut pause).await {
                Ok(engine) => engine,
                Err(next) => return next,
            };
            memory.known.doubt();
        }
    }

    /// Looks until there is one.
    async fn find(&mut self, around: &Surroundings) -> Result<Engine, Next> {
        self.tell(Connection::Connecting).await?;
        let mut told = None;
        loop {
            let found = tokio::select! {
                found = engine::find(around) => found,
                order = self.orders.recv() => match Keeper::obey(order) {
                    Next::Try => continue,
                    next => return Err(next),
                },
            };
            match found {
                Ok(engine) => return Ok(engine),
                Err(tried) if told.as_ref() == Some(&tried) => {}
                Err(tried) => {
                    told = Some(tried.clone());
                    self.tell(Connection::Absent { tried }).await?;
                }
            }
            self.rest(self.pace.search).await?;
        }
    }

    /// Waits for an engine that was lost.
    async fn regain(&mut self, engine: &Engine, why: String, pause: &mut Duration) -> Result<Engine, Next> {
        let since = Timestamp::now();
        let mut told = why.clone();
        self.tell(Connection::Lost { since, why }).await?;
        loop {
            self.rest(*pause).await?;
            *pause = (*pause * 2).min(self.pace.retry.1);
            let again = tokio::select! {
                again = engine.again() => again,
                order = self.orders.recv() => match Keeper::obey(order) {
                    Next::Try => continue,
                    next => return Err(next),
                },
            };
            match again.map_err(|error| error.to_string()) {
                Ok(engine) => return Ok(engine),
                Err(why) if why == told => {}
                Err(why) => {
                    told.clone_from(&why);
                    self.tell(Connection::Lost { since, why }).await?;
                }
            }
        }
    }

    async fn tell(&mut self, connection: Connection) -> Result<(), Next> {
        self.outbox.put([Update::Connection(connection)]);
        if self.outbox.send().await { Ok(()) } else { Err(Next::Stop) }
    }

    /// Waits, but not when there is an order.
    async fn rest(&mut self, pause: Duration) -> Result<(), Next> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            order = self.orders.recv() => match Keeper::obey(order) {
                Next::Try => Ok(()),
                next => Err(next),
            },
        }
    }

    /// What an order means while there is no engine.
    fn obey(order: Option<Order>) -> Next {
        match order {
            Some(Order::Switch(place)) => Next::Switch(place),
            Some(Order::Refresh | Order::Bytes) => Next::Try,
            None => Next::Stop,
        }
    }
}
