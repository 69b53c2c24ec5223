//! The best expressions found so far at each complexity.

use super::candidate::Candidate;

/// Expressions kept per complexity: the front's and its rivals of the same length.
const KEPT: usize = 4;

/// For every complexity the few best; the Pareto front is read off it.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// Index is the complexity; each list is sorted, best first.
    levels: Vec<Vec<(Vec<u8>, Candidate)>>,
}

impl Archive {
    /// Takes the candidate if it is among the best of its complexity. True if it was taken.
    pub fn offer(&mut self, candidate: &Candidate) -> bool {
        let level = candidate.complexity as usize;
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        let key = candidate.expr.key();
        let list = &mut self.levels[level];
        if let Some(at) = list.iter().position(|(k, _)| *k == key) {
            if candidate.description >= list[at].1.description {
                return false;
            }
            list.remove(at);
        }
        let place = list
            .iter()
            .position(|(_, c)| candidate.description < c.description)
            .unwrap_or(list.len());
        if place >= KEPT {
            return false;
        }
        list.insert(place, (key, candidate.clone()));
        list.truncate(KEPT);
        true
    }

    /// All that is kept, shortest first.
    pub fn all(&self) -> impl Iterator<Item = &Candidate> {
        self.levels.iter().flatten().map(|(_, c)| c)
    }

    /// Expressions that no shorter one matches in error.
    pub fn front(&self) -> Vec<Candidate> {
        let mut front: Vec<Candidate> = Vec::new();
        for list in &self.levels {
            if let Some((_, c)) = list.first() {
                if front.last().is_none_or(|last| c.rss < last.rss) {
                    front.push(c.clone());
                }
            }
        }
        front
    }

    /// The shortest description.
    pub fn best(&self) -> Option<&Candidate> {
        self.all()
            .min_by(|a, b| a.description.total_cmp(&b.description))
    }
}
