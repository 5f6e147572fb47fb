//! Animals whose programs are too large for a bare machine: what Python, Node, Java, databases and others wrote when
//! they died of one cause is written again by a container that ends with their exit code, with the files and settings
//! that were to blame.

use super::keeper::Animal;

pub fn animals() -> Vec<Animal> {
    Vec::new()
}
