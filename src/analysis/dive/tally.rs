//! The reckoning. dive stacks all lower layers anew for each whiteout. Here the stack is kept: a path is a node of one
//! arena, which knows what the layers so far left there, and each layer is counted first and put on the stack then.

use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use super::{Except, Figures};
use crate::image::changeset::{Changeset, Kind};
use crate::image::path;

const NONE: u32 = u32::MAX;
/// Names that dive takes for no part of a layer, opaque markers above all. Others that AUFS reserved are markers to it.
const DROPPED: &[u8] = b".wh..wh..";
/// More paths than this, directories of a layer that its paths merely imply, and bytes of names (and so much for each
/// path) are not counted: the tree takes them for an attack as well.
const MAX_COUNT: usize = (u32::MAX - 1024) as usize;
const MAX_IMPLIED: usize = 1 << 20;
const MAX_TEXT: usize = 128 << 20;
const TEXT_EACH: usize = 512;

/// A path, by all its names: `a/.wh.b` is a node beside `a/b`.
#[derive(Debug)]
struct Node {
    parent: u32,
    name_at: u32,
    /// Nodes below it, chained by `next`.
    first: u32,
    next: u32,
    /// The last layer that held it, from 1, and where among that layer's nodes.
    layer: u32,
    slot: u32,
    /// Size in the stack.
    size: i64,
    /// Sum and least of the sizes that counted under it, and how many.
    sum: i64,
    least: i64,
    counted: u32,
    name_len: u16,
    flags: u8,
}

/// In the stack.
const PRESENT: u8 = 1;
/// In the stack as a directory that an entry describes.
const DIRECTORY: u8 = 2;
/// Was to be counted, even if that failed.
const KNOWN: u8 = 4;
/// Left out.
const EXCEPT: u8 = 8;

/// A node in the layer under way.
#[derive(Clone, Copy, Debug)]
struct Here {
    node: u32,
    size: i64,
    directory: bool,
    leaf: bool,
}

/// Takes layers, the lowest first.
#[derive(Debug)]
pub struct Tally {
    nodes: Vec<Node>,
    names: Vec<u8>,
    index: HashTable<u32>,
    here: Vec<Here>,
    layers: u32,
    /// Header sizes of all layers but the lowest.
    user_bytes: u64,
    /// Something was too much to be counted.
    cut: bool,
    except: Except,
}

impl Tally {
    pub fn new(except: Except) -> Tally {
        let mut tally = Tally {
            nodes: Vec::new(),
            names: Vec::new(),
            index: HashTable::new(),
            here: Vec::new(),
            layers: 0,
            user_bytes: 0,
            cut: false,
            except,
        };
        tally.push_node(0, b"");
        tally.nodes[0].flags = PRESENT;
        tally
    }

    /// Takes the next layer: its entries, in pieces that follow each other.
    pub fn add(&mut self, parts: &[Arc<Changeset>]) {
        self.layers += 1;
        let (bytes, whiteouts) = self.take_entries(parts);
        let lowest = self.except.layers.max(1);
        if self.layers as usize > lowest {
            self.user_bytes = self.user_bytes.wrapping_add(bytes);
        }
        let order = if whiteouts { self.in_order() } else { (0..self.here.len() as u32).collect() };
        // The stack that dive removes from starts as the lowest layer itself, markers included.
        if self.layers == 1 {
            order.iter().for_each(|slot| self.put(*slot));
        }
        if self.layers as usize > self.except.layers {
            self.count(&order);
        }
        if self.layers > 1 || whiteouts {
            self.stack(&order);
        }
        self.here = Vec::new();
    }

    /// What it all comes to. `same` says whether dive would see the same layers.
    pub fn figures(&self, same: bool) -> Figures {
        let (mut least, mut sum, mut wasted_bytes) = (0_i64, 0_i64, 0_u64);
        for node in self.nodes.iter().filter(|node| node.flags & KNOWN != 0) {
            // What was never counted keeps the -1 that it started with.
            least = least.wrapping_add(if node.counted == 0 { -1 } else { node.least });
            sum = sum.wrapping_add(node.sum);
            if node.counted >= 2 {
                wasted_bytes = wasted_bytes.wrapping_add(node.sum as u64);
            }
        }
        let efficiency = if sum == 0 { 1.0 } else { least as f64 / sum as f64 };
        let user_wasted = wasted_bytes as f64 / self.user_bytes as f64;
        Figures {
            efficiency,
            wasted_bytes,
            user_wasted,
            comparable: same && !self.cut && self.except.nothing(),
        }
    }

    /// Makes the layer's tree; returns the sum of the sizes in its headers, and whether it marks anything.
    fn take_entries(&mut self, parts: &[Arc<Changeset>]) -> (u64, bool) {
        let (mut bytes, mut whiteouts, mut entries) = (0_u64, false, 0);
        if self.layers == 1 {
            let entries = parts.iter().map(|part| part.entries()).sum::<u64>() as usize;
            self.nodes.reserve(entries);
            self.here.reserve(entries);
            // Nothing is in it that would have to be put elsewhere.
            self.index.reserve(entries, |_| 0);
        }
        // The way to the entry before: ends of its names, and their nodes.
        let mut last: Vec<u8> = Vec::new();
        let mut way: Vec<(usize, u32)> = Vec::new();
        for part in parts {
            let mut reader = part.reader();
            while let Some(entry) = reader.next() {
                entries += 1;
                if self.full() || self.here.len() > entries + MAX_IMPLIED {
                    self.cut = true;
                    break;
                }
                if entry.path.is_empty() {
                    continue;
                }
                let size = entry.logical_bytes.unwrap_or(entry.bytes).wrapping_add(entry.stated);
                let same = last.iter().zip(entry.path).take_while(|(a, b)| a == b).count();
                way.retain(|(end, _)| *end <= same && matches!(entry.path.get(*end), None | Some(b'/')));
                let mut at = way.last().map_or(0, |(_, node)| *node);
                let mut from = way.last().map_or(0, |(end, _)| end + 1);
                let mut dropped = false;
                while from < entry.path.len() {
                    let rest = &entry.path[from..];
                    let length = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
                    let name = &rest[..length];
                    if name.starts_with(DROPPED) {
                        dropped = true;
                        break;
                    }
                    whiteouts |= name.starts_with(path::WHITEOUT);
                    at = self.touch(at, name);
                    way.push((from + length, at));
                    from += length + 1;
                }
                let left_out = self.nodes[at as usize].flags & EXCEPT != 0;
                if !left_out {
                    bytes = bytes.wrapping_add(size);
                }
                if !dropped {
                    let here = &mut self.here[self.nodes[at as usize].slot as usize];
                    here.size = if left_out { 0 } else { size as i64 };
                    here.directory = entry.kind == Kind::Directory;
                }
                last.clear();
                last.extend_from_slice(entry.path);
            }
        }
        (bytes, whiteouts)
    }

    /// The child of `parent` called `name` in the layer under way.
    fn touch(&mut self, parent: u32, name: &[u8]) -> u32 {
        let at = self.child(parent, name);
        let node = &mut self.nodes[at as usize];
        if node.layer != self.layers {
            (node.layer, node.slot) = (self.layers, self.here.len() as u32);
            self.here.push(Here { node: at, size: 0, directory: false, leaf: true });
            if parent != 0 {
                let slot = self.nodes[parent as usize].slot;
                self.here[slot as usize].leaf = false;
            }
        }
        at
    }

    /// The layer's nodes as dive walks them: names in the order of their bytes, children before what holds them.
    fn in_order(&self) -> Vec<u32> {
        let parent = |slot: u32| self.nodes[self.here[slot as usize].node as usize].parent;
        let name = |slot: u32| self.name(self.here[slot as usize].node);
        let mut sorted: Vec<u32> = (0..self.here.len() as u32).collect();
        // Backwards, since the walk below turns it around.
        sorted.sort_unstable_by(|a, b| parent(*a).cmp(&parent(*b)).then_with(|| name(*b).cmp(name(*a))));
        let below = |node: u32| {
            let start = sorted.partition_point(|slot| parent(*slot) < node);
            let count = sorted[start..].partition_point(|slot| parent(*slot) == node);
            &sorted[start..start + count]
        };
        let mut order = Vec::with_capacity(sorted.len());
        let mut waiting: Vec<(u32, bool)> = below(0).iter().map(|slot| (*slot, false)).collect();
        while let Some((slot, seen)) = waiting.pop() {
            if seen || self.here[slot as usize].leaf {
                order.push(slot);
                continue;
            }
            waiting.push((slot, true));
            waiting.extend(below(self.here[slot as usize].node).iter().map(|slot| (*slot, false)));
        }
        order
    }

    /// Counts the layer's leaves against the stack of the layers below.
    fn count(&mut self, order: &[u32]) {
        let mut sums = FxHashMap::default();
        for slot in order {
            let here = self.here[*slot as usize];
            if !here.leaf {
                continue;
            }
            let (key, size) = match self.removes(here.node) {
                None => (here.node, Some(here.size)),
                Some((key, target)) => (key, self.removed_bytes(target, &mut sums)),
            };
            let node = &mut self.nodes[key as usize];
            if node.flags & EXCEPT != 0 {
                continue;
            }
            node.flags |= KNOWN;
            let Some(size) = size else { return };
            node.sum = node.sum.wrapping_add(size);
            node.least = if node.counted == 0 || node.least < 0 { size } else { node.least.min(size) };
            node.counted += 1;
        }
    }

    /// Of a marker: the node under which it counts, and the one that it removes.
    fn removes(&mut self, node: u32) -> Option<(u32, u32)> {
        let hidden = self.name(node).strip_prefix(path::WHITEOUT)?.to_vec();
        let parent = self.nodes[node as usize].parent;
        let key = self.child(parent, &hidden);
        Some((key, if hidden.is_empty() { parent } else { key }))
    }

    /// Bytes that count for the removal of `target`; `None` where there is nothing to remove.
    fn removed_bytes(&self, target: u32, sums: &mut FxHashMap<u32, i64>) -> Option<i64> {
        match self.nodes[target as usize].flags {
            flags if flags & PRESENT == 0 => None,
            flags if flags & DIRECTORY == 0 => Some(0),
            _ => Some(self.sum(target, sums)),
        }
    }

    /// Everything in the stack from `top` down. Directories that were summed up once in a layer are in `sums`.
    fn sum(&self, top: u32, sums: &mut FxHashMap<u32, i64>) -> i64 {
        let mut below = vec![top];
        let mut at = 0;
        while let Some(node) = below.get(at).copied() {
            if !sums.contains_key(&node) {
                below.extend(self.children(node));
            }
            at += 1;
        }
        let mut carried: FxHashMap<u32, i64> = FxHashMap::default();
        for node in below.into_iter().rev() {
            let children = carried.remove(&node);
            let own = self.nodes[node as usize].size;
            let total = sums.get(&node).copied().unwrap_or(own.wrapping_add(children.unwrap_or(0)));
            if children.is_some() || node == top {
                sums.insert(node, total);
            }
            let above = carried.entry(self.nodes[node as usize].parent).or_default();
            *above = above.wrapping_add(total);
        }
        sums.get(&top).copied().unwrap_or(0)
    }

    /// Puts the layer on the stack.
    fn stack(&mut self, order: &[u32]) {
        for slot in order {
            match self.removes(self.here[*slot as usize].node) {
                Some((_, target)) => self.remove(target),
                None => self.put(*slot),
            }
        }
    }

    /// Makes a node of the layer what the stack has there. What is below stays, whatever stood there.
    fn put(&mut self, slot: u32) {
        let Here { node, size, directory, .. } = self.here[slot as usize];
        let top = &mut self.nodes[node as usize];
        top.size = size;
        top.flags = top.flags & !DIRECTORY | PRESENT | if directory { DIRECTORY } else { 0 };
        let mut at = top.parent;
        while self.nodes[at as usize].flags & PRESENT == 0 {
            let above = &mut self.nodes[at as usize];
            (above.size, above.flags) = (0, above.flags & !DIRECTORY | PRESENT);
            at = above.parent;
        }
    }

    fn remove(&mut self, target: u32) {
        if target == 0 || self.nodes[target as usize].flags & PRESENT == 0 {
            return;
        }
        let mut waiting = vec![target];
        while let Some(node) = waiting.pop() {
            waiting.extend(self.children(node));
            self.nodes[node as usize].flags &= !(PRESENT | DIRECTORY);
        }
    }

    /// What the stack has directly below a node.
    fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.nodes[node as usize].first;
        std::iter::from_fn(move || {
            let child = (at != NONE).then_some(at)?;
            at = self.nodes[child as usize].next;
            Some(child)
        })
        .filter(|child| self.nodes[*child as usize].flags & PRESENT != 0)
    }

    fn name(&self, node: u32) -> &[u8] {
        let node = &self.nodes[node as usize];
        &self.names[node.name_at as usize..][..usize::from(node.name_len)]
    }

    /// The child of `parent` called `name`, made when it never existed.
    fn child(&mut self, parent: u32, name: &[u8]) -> u32 {
        let hash = hash_of(parent, name);
        let same = |node: &u32| self.nodes[*node as usize].parent == parent && self.name(*node) == name;
        if let Some(node) = self.index.find(hash, same) {
            return *node;
        }
        let at = self.push_node(parent, name);
        self.nodes[at as usize].next = std::mem::replace(&mut self.nodes[parent as usize].first, at);
        if self.is_except(at) {
            self.nodes[at as usize].flags |= EXCEPT;
        }
        let (nodes, names) = (&self.nodes, &self.names);
        let rehash = |node: &u32| {
            let node = &nodes[*node as usize];
            hash_of(node.parent, &names[node.name_at as usize..][..usize::from(node.name_len)])
        };
        self.index.insert_unique(hash, at, rehash);
        at
    }

    fn push_node(&mut self, parent: u32, name: &[u8]) -> u32 {
        let name_at = self.names.len() as u32;
        self.names.extend_from_slice(name);
        self.nodes.push(Node {
            parent,
            name_at,
            first: NONE,
            next: NONE,
            layer: 0,
            slot: 0,
            size: 0,
            sum: 0,
            least: -1,
            counted: 0,
            name_len: name.len() as u16,
            flags: 0,
        });
        self.nodes.len() as u32 - 1
    }

    /// Whether a path is left out, by itself or with a directory above it. A marker goes with what it removes.
    fn is_except(&self, node: u32) -> bool {
        if self.except.paths.is_empty() {
            return false;
        }
        let parent = self.nodes[node as usize].parent;
        if self.nodes[parent as usize].flags & EXCEPT != 0 {
            return true;
        }
        let mut names = Vec::new();
        let mut at = node;
        while at != 0 {
            names.push(self.name(at));
            at = self.nodes[at as usize].parent;
        }
        if let Some(last) = names.first_mut() {
            *last = last.strip_prefix(path::WHITEOUT).unwrap_or(last);
        }
        let mut whole = Vec::new();
        for name in names.iter().rev() {
            whole.push(b'/');
            whole.extend_from_slice(name);
        }
        self.except.paths.find(&whole).is_some()
    }

    fn full(&self) -> bool {
        self.nodes.len() > MAX_COUNT
            || self.names.len() > MAX_COUNT.min(MAX_TEXT + TEXT_EACH * self.nodes.len()) - path::MAX_PATH
    }
}

fn hash_of(parent: u32, name: &[u8]) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write_u32(parent);
    hasher.write(name);
    hasher.finish()
}
