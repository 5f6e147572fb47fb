//! dive's figures, reckoned on a thread beside the merge of the layers.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use crate::analysis::dive::{Except, Figures, Tally};
use crate::image::changeset::Changeset;

/// See the module. Dropped without having been asked, it ends by itself.
#[derive(Debug)]
pub(super) struct Counting {
    layers: mpsc::SyncSender<Vec<Arc<Changeset>>>,
    tally: JoinHandle<Tally>,
}

impl Counting {
    pub(super) fn begin(except: Except) -> Counting {
        // Few layers wait at a time: each is memory that the merge has let go.
        let (layers, next) = mpsc::sync_channel::<Vec<Arc<Changeset>>>(1);
        let tally = std::thread::spawn(move || {
            let mut tally = Tally::new(except);
            next.into_iter().for_each(|layer| tally.add(&layer));
            tally
        });
        Counting { layers, tally }
    }

    /// Takes the next layer.
    pub(super) fn add(&self, layer: Vec<Arc<Changeset>>) {
        // The thread ends before only if it fails, which the end tells.
        let _ = self.layers.send(layer);
    }

    /// The figures, once all layers are in; `None` if the thread failed.
    pub(super) fn end(self, same: bool) -> Option<Figures> {
        drop(self.layers);
        self.tally.join().ok().map(|tally| tally.figures(same))
    }
}
