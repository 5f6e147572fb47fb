//! Waiting for what an engine was told to do, however long that takes: until it is done, somebody wants no more of it,
//! or the engine hangs.

use std::future::Future;
use std::time::Duration;

use super::line::{NOTICE, cancelled};
use crate::engine::EngineError;
use crate::source::Task;

/// How patient the waiting is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// After an interruption.
    pub(super) grace: Duration,
    /// Between two looks at whether the engine still answers anything, and how long it may take to do so.
    pub(super) pulse: Duration,
}

impl Pace {
    pub(super) const USUAL: Pace = Pace { grace: Duration::from_secs(10), pulse: Duration::from_secs(20) };
}

/// Waits for `work`. What is given up is left to the engine, which may still do it: the error says that nobody knows.
/// Once `task` was cancelled and grace is over, or when it is abandoned, nothing is waited for any more.
pub(super) async fn attended<T, P: Future<Output = Result<(), EngineError>>>(
    work: impl Future<Output = Result<T, EngineError>>,
    task: &Task,
    ping: impl Fn() -> P,
    pace: Pace,
) -> Result<T, EngineError> {
    tokio::select! {
        biased;
        done = work => done,
        () = given_up(task, pace.grace) => Err(EngineError::Local {
            what: "whether it was done is not known".to_owned(),
            why: "interrupted before the engine answered".to_owned(),
        }),
        why = hangs(ping, pace.pulse) => Err(EngineError::Broken {
            what: "learn whether it was done".to_owned(),
            why: format!("the engine stopped answering, {why}"),
        }),
    }
}

async fn given_up(task: &Task, grace: Duration) {
    cancelled(task).await;
    let abandoned = async {
        while !task.is_abandoned() {
            tokio::time::sleep(NOTICE).await;
        }
    };
    // Grace is given once, and not for each thing that comes after it.
    if tokio::time::timeout(grace, abandoned).await.is_err() {
        task.abandon();
    }
}

/// Ends when the engine does not even answer a ping; why.
async fn hangs<P: Future<Output = Result<(), EngineError>>>(ping: impl Fn() -> P, pulse: Duration) -> String {
    loop {
        tokio::time::sleep(pulse).await;
        if let Err(error) = ping().await
            && error.is_away()
        {
            return error.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Pace = Pace { grace: Duration::from_millis(20), pulse: Duration::from_millis(10) };
    const SLOW: Pace = Pace { grace: Duration::from_secs(600), pulse: Duration::from_secs(600) };

    /// What comes of waiting for something that takes `millis`, or for ever.
    fn outcome(millis: Option<u64>, task: &Task, pings: bool, pace: Pace) -> String {
        let work = async {
            match millis {
                Some(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
                None => std::future::pending().await,
            }
            Ok("done".to_owned())
        };
        let ping = || async move { if pings { Ok(()) } else { Err(EngineError::Timeout { seconds: 7 }) } };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(attended(work, task, ping, pace)).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn what_has_begun_is_waited_for_within_reason() {
        let unknown = "whether it was done is not known: interrupted before the engine answered";
        let hung = "cannot learn whether it was done: the engine stopped answering, the engine did not answer within 7 s";
        let [idle, cancelled, abandoned] = [Task::new(), Task::new(), Task::new()];
        cancelled.cancel();
        abandoned.abandon();
        assert_eq!(
            outcome(Some(100), &idle, true, QUICK),
            "done",
            "an engine that answers may take its time"
        );
        assert_eq!(outcome(None, &idle, false, QUICK), hung);
        assert_eq!(outcome(Some(100), &cancelled, true, SLOW), "done", "what has begun is waited for");
        assert!(!cancelled.is_abandoned());
        assert_eq!(outcome(None, &cancelled, true, QUICK), unknown);
        assert!(cancelled.is_abandoned(), "grace is given once");
        assert_eq!(outcome(None, &cancelled, true, SLOW), unknown);
        assert_eq!(outcome(None, &abandoned, true, SLOW), unknown);
    }
}
