//! The desktop shell: one window, one adapter per command. It decides nothing and parses nothing: what the window asks
//! is answered by the audit crate, and what it shows is in `ui`.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod commands;
mod progress;
mod shell;
mod window;

use args::Args;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let args = match Args::read(std::env::args_os().skip(1)) {
        Ok(args) => args,
        Err(said) => {
            eprintln!("{}", said.text);
            std::process::exit(said.code);
        }
    };
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(commands::handler())
        .setup(move |app| window::open(app, &args))
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(window::on_event),
        Err(error) => {
            eprintln!("Pixelproof could not start: {error}");
            std::process::exit(1);
        }
    }
}
