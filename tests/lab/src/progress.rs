//! Progress, on standard error.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Shows steps as they run: spinners on a terminal, one plain line per finished step elsewhere.
#[derive(Clone)]
pub struct Progress {
    shown: bool,
    spinners: Option<MultiProgress>,
}

impl Progress {
    /// Steps on standard error.
    pub fn stderr() -> Self {
        Self { shown: true, spinners: stderr().is_terminal().then(MultiProgress::new) }
    }

    /// Nothing at all, for tests.
    pub fn hidden() -> Self {
        Self { shown: false, spinners: None }
    }

    /// Begins a step; several may run at once.
    pub fn step(&self, text: &str) -> Step {
        let spinner = self.spinners.as_ref().map(|all| all.add(spinner(text)));
        Step { text: text.to_owned(), shown: self.shown, spinner, began: Instant::now() }
    }
}

fn spinner(text: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(text.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// A step under way; one that is dropped before it is done leaves no line.
pub struct Step {
    text: String,
    shown: bool,
    spinner: Option<ProgressBar>,
    began: Instant,
}

impl Step {
    /// Ends the step and says how long it took.
    pub fn done(&self) {
        let line = format!("{} ({:.1} s)", self.text, self.began.elapsed().as_secs_f64());
        match &self.spinner {
            Some(spinner) => {
                spinner.println(line);
                spinner.finish_and_clear();
            }
            None if self.shown => eprintln!("{line}"),
            None => {}
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
