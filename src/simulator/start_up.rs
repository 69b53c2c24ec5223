//! Our block in a user's `.spiceinit`: put in, replaced, and taken out so that not a byte of the
//! user's own lines changes.

/// First and last line of the block.
const BEGIN: &str = "* >>> ncm install >>> (taken out by `ncm install --undo`)";
const END: &str = "* <<< ncm install <<<";
/// In place of [`BEGIN`] where the user's last line had no end, which undoing must know.
const BEGIN_UNENDED: &str =
    "* >>> ncm install >>> (taken out by `ncm install --undo`, with the line end before)";
/// Where there was no file.
const BEGIN_NEW: &str = "* >>> ncm install >>> (taken out by `ncm install --undo`, with this file)";
/// What all beginnings share.
const BEGIN_MARK: &str = "* >>> ncm install >>>";

/// A block that is not as it was written; the line is counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenBlock {
    pub line: usize,
    pub wrong: &'static str,
}

/// The text with a block of these lines at its end, in place of one that is there; `None` where
/// there is no file.
///
/// # Errors
/// [`BrokenBlock`] where somebody has changed the marks of a block.
pub fn with_block(text: Option<&[u8]>, lines: &[String]) -> Result<Vec<u8>, BrokenBlock> {
    let new = text.is_none_or(made_file);
    let mut out = without_block(text.unwrap_or_default())?;
    let ended = out.is_empty() || out.ends_with(b"\n");
    if !ended {
        out.push(b'\n');
    }
    let begin = match (new, ended) {
        (true, _) => BEGIN_NEW,
        (false, true) => BEGIN,
        (false, false) => BEGIN_UNENDED,
    };
    out.extend_from_slice(begin.as_bytes());
    out.push(b'\n');
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(END.as_bytes());
    out.push(b'\n');
    Ok(out)
}

/// The text without our block: what it was before [`with_block`].
///
/// # Errors
/// [`BrokenBlock`] as above; nothing is guessed.
pub fn without_block(text: &[u8]) -> Result<Vec<u8>, BrokenBlock> {
    let mut out = Vec::with_capacity(text.len());
    let mut inside: Option<usize> = None;
    for (index, line) in text.split_inclusive(|b| *b == b'\n').enumerate() {
        let bare = line.trim_ascii_end();
        let begins = bare.starts_with(BEGIN_MARK.as_bytes());
        let ends = bare == END.as_bytes();
        match inside {
            None if begins => {
                inside = Some(index + 1);
                if bare == BEGIN_UNENDED.as_bytes() && out.ends_with(b"\n") {
                    out.pop();
                }
            }
            None if ends => {
                return Err(BrokenBlock {
                    line: index + 1,
                    wrong: "ends a block that does not begin",
                });
            }
            None => out.extend_from_slice(line),
            Some(_) if begins => {
                return Err(BrokenBlock {
                    line: index + 1,
                    wrong: "begins a block inside another",
                });
            }
            Some(_) if ends => inside = None,
            Some(_) => {}
        }
    }
    match inside {
        Some(line) => Err(BrokenBlock {
            line,
            wrong: "begins a block that does not end",
        }),
        None => Ok(out),
    }
}

/// Whether the file came to be with our block.
pub fn made_file(text: &[u8]) -> bool {
    text.split(|b| *b == b'\n')
        .any(|line| line.trim_ascii_end() == BEGIN_NEW.as_bytes())
}

/// Whether our block is in the text.
pub fn has_block(text: &[u8]) -> bool {
    text.split(|b| *b == b'\n')
        .any(|line| line.starts_with(BEGIN_MARK.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_damaged_block_is_named_and_nothing_is_guessed() {
        let good = with_block(Some(b"a\n"), &["x".into()]).expect("fits");
        let text = String::from_utf8(good).expect("text");
        for (bad, line) in [
            (text.replace(END, "gone"), 2),
            (text.replace(BEGIN, "gone"), 4),
            (text.replace('x', BEGIN), 3),
        ] {
            let error = without_block(bad.as_bytes()).expect_err("damaged");
            assert_eq!(error.line, line, "{bad}");
            assert!(with_block(Some(bad.as_bytes()), &[]).is_err());
        }
    }

    proptest! {
        #[test]
        fn undoing_gives_back_every_byte(text in proptest::collection::vec(any::<u8>(), 0..200), lines in proptest::collection::vec("[ -~]{0,30}", 0..4)) {
            prop_assume!(!has_block(&text));
            let lines: Vec<String> = lines;
            if let Ok(with) = with_block(Some(&text), &lines) {
                prop_assert!(has_block(&with));
                prop_assert_eq!(&without_block(&with).expect("whole"), &text);
                // Again and again changes nothing but the block.
                let again = with_block(Some(&with), &["other".to_owned()]).expect("whole");
                prop_assert_eq!(&without_block(&again).expect("whole"), &text);
                // What is added behind stays.
                let mut more = with.clone();
                more.extend_from_slice(b"mine\n");
                prop_assert!(without_block(&more).expect("whole").ends_with(b"mine\n"));
            }
        }
    }
}
