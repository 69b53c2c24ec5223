//! From bytes to plots. Nothing here trusts the header: sizes are checked against the bytes that
//! are there before anything is allocated.

use super::{Columns, Plot, RawFile, Variable};
use num_complex::Complex64;

/// What is wrong, and where.
pub(super) struct Malformed {
    pub place: String,
    pub problem: String,
}

pub(super) fn parse(bytes: &[u8]) -> Result<RawFile, Malformed> {
    let mut reader = Reader { bytes, position: 0 };
    let mut plots = Vec::new();
    reader.skip_blank();
    if reader.at_end() {
        return Err(reader.malformed("the file is empty"));
    }
    while !reader.at_end() {
        let header = Header::read(&mut reader)?;
        let columns = header.read_samples(&mut reader)?;
        plots.push(Plot {
            title: header.title,
            name: header.name,
            variables: header
                .columns
                .into_iter()
                .map(|column| column.variable)
                .collect(),
            columns,
        });
        reader.skip_blank();
    }
    Ok(RawFile { plots })
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    fn skip_blank(&mut self) {
        let blank = self.rest().iter().take_while(|b| b.is_ascii_whitespace());
        self.position += blank.count();
    }

    /// The next line without its end, or None at the end of the file.
    fn line(&mut self) -> Option<String> {
        if self.at_end() {
            return None;
        }
        let rest = self.rest();
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        self.position = (self.position + length + 1).min(self.bytes.len());
        let line = String::from_utf8_lossy(&rest[..length]);
        Some(line.trim_end_matches('\r').to_owned())
    }

    /// The next word of an ASCII table.
    fn word(&mut self) -> Option<&'a str> {
        self.skip_blank();
        let rest = self.rest();
        let length = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        self.position += length;
        (length > 0).then(|| std::str::from_utf8(&rest[..length]).unwrap_or("(not text)"))
    }

    /// The next little-endian double; the caller has made sure that it is there.
    fn double(&mut self) -> Option<f64> {
        let raw = self.rest().first_chunk::<8>()?;
        self.position += 8;
        Some(f64::from_le_bytes(*raw))
    }

    fn malformed(&self, problem: impl Into<String>) -> Malformed {
        Malformed {
            place: format!("byte {}", self.position),
            problem: problem.into(),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Text,
    Binary,
}

struct Column {
    variable: Variable,
    /// Points of this variable: fewer than the plot's where the header says `dims=`.
    points: usize,
}

struct Header {
    title: String,
    name: String,
    complex: bool,
    /// Whether shorter variables are filled up with zeros in every row.
    padded: bool,
    points: usize,
    columns: Vec<Column>,
    encoding: Encoding,
}

impl Header {
    fn read(reader: &mut Reader) -> Result<Self, Malformed> {
        let mut title = None;
        let mut name = None;
        let mut flags = None;
        let mut variables = None;
        let mut points = None;
        let mut columns = None;

        let encoding = loop {
            let start = reader.position;
            let here = |problem: String| Malformed {
                place: format!("byte {start}"),
                problem,
            };
            let Some(line) = reader.line() else {
                return Err(here(
                    "the file ends within a header, before \"Values:\" or \"Binary:\"".into(),
                ));
            };
            if line.trim().is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                return Err(here(format!(
                    "a header line \"Name: value\" was expected, found {:?}; \
                     a run that was interrupted leaves such a file",
                    clip(&line)
                )));
            };
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "title" => title = Some(value.to_owned()),
                "plotname" => name = Some(value.to_owned()),
                "flags" => flags = Some(value.to_ascii_lowercase()),
                "no. variables" => variables = Some(count(value).map_err(here)?),
                "no. points" => points = Some(count(value).map_err(here)?),
                "variables" => {
                    let (Some(variables), Some(points)) = (variables, points) else {
                        return Err(here(
                            "\"No. Variables:\" and \"No. Points:\" must come before \"Variables:\""
                                .into(),
                        ));
                    };
                    columns = Some(read_columns(reader, value, variables, points)?);
                }
                "values" => break Encoding::Text,
                "binary" => break Encoding::Binary,
                // Date, Command, Option, Dimensions and what other programs add.
                _ => {}
            }
        };

        let missing = |what: &str| reader.malformed(format!("the header has no \"{what}:\""));
        let flags = flags.ok_or_else(|| missing("Flags"))?;
        let has = |flag: &str| flags.split_whitespace().any(|word| word == flag);
        if has("complex") == has("real") {
            return Err(
                reader.malformed(format!("\"Flags: {flags}\" must say real or else complex"))
            );
        }
        Ok(Self {
            title: title.unwrap_or_default(),
            name: name.ok_or_else(|| missing("Plotname"))?,
            complex: has("complex"),
            padded: !has("unpadded"),
            points: points.ok_or_else(|| missing("No. Points"))?,
            columns: columns.ok_or_else(|| missing("Variables"))?,
            encoding,
        })
    }

    fn read_samples(&self, reader: &mut Reader) -> Result<Columns, Malformed> {
        self.check_size(reader)?;
        if self.complex {
            let read = |reader: &mut Reader| match self.encoding {
                Encoding::Binary => Some(Complex64::new(reader.double()?, reader.double()?)),
                Encoding::Text => {
                    let (re, im) = reader.word()?.split_once(',')?;
                    Some(Complex64::new(re.parse().ok()?, im.parse().ok()?))
                }
            };
            let mut columns = self.read_rows(reader, read)?;
            // ngspice writes the scale of a small-signal analysis with an imaginary part that it
            // has never set.
            for (column, samples) in self.columns.iter().zip(&mut columns) {
                if column.variable.quantity == "frequency" {
                    samples.iter_mut().for_each(|sample| sample.im = 0.0);
                }
            }
            Ok(Columns::Complex(columns))
        } else {
            let read = |reader: &mut Reader| match self.encoding {
                Encoding::Binary => reader.double(),
                Encoding::Text => reader.word()?.parse().ok(),
            };
            self.read_rows(reader, read).map(Columns::Real)
        }
    }

    /// Rows in the file: an unpadded one ends with its longest variable, and a binary one without
    /// variables (pole-zero analysis that found none) has none that could be told.
    fn rows(&self) -> usize {
        if self.columns.is_empty() && self.encoding == Encoding::Binary {
            0
        } else if self.padded {
            self.points
        } else {
            self.columns.iter().map(|c| c.points).max().unwrap_or(0)
        }
    }

    /// Refuses a header that promises more than the file holds.
    fn check_size(&self, reader: &Reader) -> Result<(), Malformed> {
        let samples = if self.padded {
            self.points.checked_mul(self.columns.len())
        } else {
            self.columns
                .iter()
                .try_fold(0usize, |sum, column| sum.checked_add(column.points))
        };
        // A sample in text has a digit and a blank, at the least.
        let width = match (self.encoding, self.complex) {
            (Encoding::Binary, false) => 8,
            (Encoding::Binary, true) => 16,
            (Encoding::Text, false) => 2,
            (Encoding::Text, true) => 4,
        };
        let there = reader.rest().len();
        match samples.and_then(|samples| samples.checked_mul(width)) {
            // The last sample of a text needs no blank after it.
            Some(needed) if needed <= there + usize::from(self.encoding == Encoding::Text) => {
                Ok(())
            }
            _ => Err(reader.malformed(format!(
                "the header promises {} points of {} variables, but only {there} bytes follow",
                self.points,
                self.columns.len()
            ))),
        }
    }

    fn read_rows<T>(
        &self,
        reader: &mut Reader,
        mut read: impl FnMut(&mut Reader) -> Option<T>,
    ) -> Result<Vec<Vec<T>>, Malformed> {
        let mut columns: Vec<Vec<T>> = self
            .columns
            .iter()
            .map(|column| Vec::with_capacity(column.points))
            .collect();
        for row in 0..self.rows() {
            if self.encoding == Encoding::Text {
                let start = reader.position;
                let number = reader.word();
                if number.and_then(|word| word.parse().ok()) != Some(row) {
                    reader.position = start;
                    return Err(reader.malformed(format!(
                        "the number of point {row} was expected, found {:?}",
                        clip(number.unwrap_or("the end of the file"))
                    )));
                }
            }
            for (column, samples) in self.columns.iter().zip(&mut columns) {
                let present = row < column.points;
                if !present && !self.padded {
                    continue;
                }
                let start = reader.position;
                let Some(sample) = read(reader) else {
                    reader.position = start;
                    let kind = if self.complex {
                        "a complex number"
                    } else {
                        "a number"
                    };
                    return Err(reader.malformed(format!(
                        "point {row}, variable \"{}\": {kind} was expected",
                        column.variable.name
                    )));
                };
                if present {
                    samples.push(sample);
                }
            }
        }
        Ok(columns)
    }
}

/// The list of variables; `first` is what stands on the line of `Variables:` itself (Spice 3 puts
/// the first variable there).
fn read_columns(
    reader: &mut Reader,
    first: &str,
    variables: usize,
    points: usize,
) -> Result<Vec<Column>, Malformed> {
    let mut columns = Vec::new();
    let mut pending = (!first.is_empty()).then(|| first.to_owned());
    while columns.len() < variables {
        let start = reader.position;
        let here = |problem: String| Malformed {
            place: format!("byte {start}"),
            problem,
        };
        let index = columns.len();
        let Some(line) = pending.take().or_else(|| reader.line()) else {
            return Err(here(format!(
                "the file ends within the list of variables, after {index} of {variables}"
            )));
        };
        let mut words = line.split_whitespace();
        let (Some(number), Some(name), Some(quantity)) = (words.next(), words.next(), words.next())
        else {
            return Err(here(format!(
                "\"number name quantity\" of variable {index} was expected, found {:?}",
                clip(&line)
            )));
        };
        if number.parse() != Ok(index) {
            return Err(here(format!(
                "variable {index} was expected, found number {:?}",
                clip(number)
            )));
        }
        let own_points = match words.find_map(|word| word.strip_prefix("dims=")) {
            Some(dims) => dims
                .split(',')
                .try_fold(1usize, |product, dim| {
                    product.checked_mul(dim.parse().ok()?)
                })
                .filter(|&own| own <= points)
                .ok_or_else(|| {
                    here(format!(
                        "dims={} of variable \"{name}\" does not fit {points} points",
                        clip(dims)
                    ))
                })?,
            None => points,
        };
        columns.push(Column {
            variable: Variable {
                name: name.to_owned(),
                quantity: quantity.to_owned(),
            },
            points: own_points,
        });
    }
    Ok(columns)
}

fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("a count was expected, found {:?}", clip(text)))
}

/// As much of a line as a message can bear.
fn clip(line: &str) -> String {
    line.chars().take(60).collect()
}
