//! Notices of passed limits, at accepted times only and at a rate that cannot flood anybody: at the first passing
//! of a limit, and at the tenth, the hundredth and so on.

use std::fmt;

use crate::cell::Limits;

/// A limit, in the order of their numbers in the C ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    OverVoltage,
    ReverseVoltage,
    OverCurrent,
    OverTemperature,
}

impl Breach {
    pub const ALL: [Breach; 4] = [
        Breach::OverVoltage,
        Breach::ReverseVoltage,
        Breach::OverCurrent,
        Breach::OverTemperature,
    ];
}

/// How often a limit has been passed and how far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// How often the limit was passed from within.
    pub count: u64,
    /// The farthest value beyond it; NaN while there is none.
    pub worst: f64,
    beyond: bool,
}

/// A limit that has just been passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Notice {
    pub breach: Breach,
    pub value: f64,
    pub limit: f64,
    /// How many times by now.
    pub count: u64,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit, name) = match self.breach {
            Breach::OverVoltage => ("cell voltage", "V", "v_max"),
            Breach::ReverseVoltage => ("cell voltage", "V", "v_min"),
            Breach::OverCurrent => ("string current", "A", "i_max"),
            Breach::OverTemperature => ("temperature", "K", "t_max"),
        };
        let (value, limit) = (self.value, self.limit);
        write!(
            f,
            "{what} {value:.6} {unit} is beyond {name} = {limit} {unit}"
        )?;
        match self.count {
            1 => Ok(()),
            n => write!(
                f,
                " (time {n}; the next notice comes with the {}th)",
                10 * n
            ),
        }
    }
}

/// The limits of a cell and what has become of them.
#[derive(Debug, Clone)]
pub struct Watch {
    limits: Limits,
    active: bool,
    tallies: [Tally; 4],
    /// Notices of the last accepted step.
    news: [Option<Notice>; 4],
}

impl Watch {
    /// Nothing has been passed yet.
    pub fn new(limits: Limits) -> Self {
        let clear = Tally {
            count: 0,
            worst: f64::NAN,
            beyond: false,
        };
        Self {
            active: limits != Limits::default(),
            limits,
            tallies: [clear; 4],
            news: [None; 4],
        }
    }

    /// Whether there is anything to watch.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// What the last point that was looked at has passed.
    pub fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.news.iter().flatten().copied()
    }

    pub fn tally(&self, breach: Breach) -> Tally {
        self.tallies[breach as usize]
    }

    /// Looks at an accepted point: voltage of one cell (V), current of one string at `area = 1` (A) and
    /// temperature (K).
    pub fn observe(&mut self, v: f64, i: f64, t: f64) {
        if !self.active {
            return;
        }
        let Limits {
            v_max,
            v_min,
            i_max,
            t_max,
        } = self.limits;
        let looks = [
            (v, v_max, v > v_max),
            (v, v_min, v < v_min),
            (i, i_max, i.abs() > i_max),
            (t, t_max, t > t_max),
        ];
        for (((breach, tally), news), (value, limit, beyond)) in Breach::ALL
            .into_iter()
            .zip(&mut self.tallies)
            .zip(&mut self.news)
            .zip(looks)
        {
            *news = None;
            if beyond {
                let farther = match breach {
                    Breach::ReverseVoltage => value < tally.worst,
                    Breach::OverCurrent => value.abs() > tally.worst.abs(),
                    _ => value > tally.worst,
                };
                if farther || tally.worst.is_nan() {
                    tally.worst = value;
                }
                if !tally.beyond {
                    tally.count += 1;
                    if is_power_of_ten(tally.count) {
                        *news = Some(Notice {
                            breach,
                            value,
                            limit,
                            count: tally.count,
                        });
                    }
                }
            }
            tally.beyond = beyond;
        }
    }
}

fn is_power_of_ten(mut n: u64) -> bool {
    while n % 10 == 0 && n > 0 {
        n /= 10;
    }
    n == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_come_at_powers_of_ten_and_tallies_count_every_passing() {
        let mut watch = Watch::new(Limits {
            v_max: 2.7,
            v_min: 0.0,
            ..Limits::default()
        });
        let mut notices = 0;
        for k in 0..120 {
            watch.observe(2.8, 0.0, 300.0);
            notices += watch.notices().count();
            watch.observe(2.9, 0.0, 300.0);
            notices += watch.notices().count();
            watch.observe(if k == 50 { -0.1 } else { 1.0 }, 0.0, 300.0);
            notices += watch.notices().count();
        }
        // At 1, 10 and 100, and the reversal.
        assert_eq!(notices, 4);
        let over = watch.tally(Breach::OverVoltage);
        assert_eq!((over.count, over.worst), (120, 2.9));
        assert_eq!(watch.tally(Breach::ReverseVoltage).worst, -0.1);
        assert_eq!(watch.tally(Breach::OverCurrent).count, 0);
    }
}
