//! `pixelproof vendors` and `pixelproof rules`: what is known.

use std::path::Path;

use anyhow::{Result, bail};
use pixelproof_model::{RuleInfo, VendorInfo};

use crate::{
    DONE,
    args::{EntryArgs, VendorsAction, VendorsArgs},
    out::{Out, table},
};

/// What is known of vendors, and the user's own ones.
pub(crate) fn vendors(args: &VendorsArgs, folder: &Path, out: &Out) -> Result<u8> {
    match &args.action {
        None => return show_vendors(&args.entry, out),
        Some(VendorsAction::Path) => out.line(&folder.display().to_string())?,
        Some(VendorsAction::Add { file }) => {
            let vendor = pixelproof_audit::add_vendor(folder, file)?;
            out.line(&format!("Added {} ({}) to {}", vendor.name, vendor.id, folder.display()))?;
        }
        Some(VendorsAction::Remove { id }) => {
            pixelproof_audit::remove_vendor(folder, id)?;
            out.line(&format!("Removed {id} from {}", folder.display()))?;
        }
    }
    Ok(DONE)
}

/// The vendors, or one of them with its text.
fn show_vendors(args: &EntryArgs, out: &Out) -> Result<u8> {
    let all = pixelproof_audit::vendors();
    let Some(id) = &args.id else {
        if args.json {
            out.json(&all)?;
        } else {
            let rows: Vec<Vec<String>> = all.iter().map(vendor_row).collect();
            out.text(&table(&rows, &[]))?;
        }
        return Ok(DONE);
    };
    let Some(vendor) = all.iter().find(|v| v.id == *id) else {
        bail!("No vendor \u{201c}{id}\u{201d} is known. `pixelproof vendors` lists them.");
    };
    if args.json {
        out.json(vendor)?;
        return Ok(DONE);
    }
    out.line(&out.bold(&vendor.name))?;
    out.line(&format!("{} ({}), {}", vendor.owner, vendor.country, vendor.purpose))?;
    out.line(&format!(
        "{} standard events, {} ways of installing, {} request forms, {} worked examples\n",
        vendor.standard_events, vendor.install_forms, vendor.beacon_forms, vendor.examples
    ))?;
    out.line(vendor.text.trim_end())?;
    Ok(DONE)
}

fn vendor_row(vendor: &VendorInfo) -> Vec<String> {
    let mut row =
        [&vendor.id, &vendor.name, &vendor.owner, &vendor.country, &vendor.purpose].map(Clone::clone).to_vec();
    row.push(if vendor.user { "your own".to_owned() } else { String::new() });
    row
}

/// The rules, or one of them with its text.
pub(crate) fn rules(args: &EntryArgs, out: &Out) -> Result<u8> {
    let all = pixelproof_audit::rules();
    let Some(id) = &args.id else {
        if args.json {
            out.json(&all)?;
        } else {
            let rows: Vec<Vec<String>> = all.iter().map(rule_row).collect();
            out.text(&table(&rows, &[]))?;
        }
        return Ok(DONE);
    };
    let Some(rule) = all.iter().find(|r| r.id == *id) else {
        bail!("There is no rule \u{201c}{id}\u{201d}. `pixelproof rules` lists them.");
    };
    if args.json {
        out.json(rule)?;
        return Ok(DONE);
    }
    out.line(&format!("{}  {}", out.bold(&rule.id), out.severity(rule.severity)))?;
    out.line(&format!("\n{}\n\nWhy it matters: {}\n\nWhat to do: {}", rule.what, rule.why, rule.fix))?;
    if rule.needs_browser {
        out.line("\nNeeds browser mode; in source mode it is listed as not checked.")?;
    }
    Ok(DONE)
}

fn rule_row(rule: &RuleInfo) -> Vec<String> {
    let severity = pixelproof_audit::words::severity(rule.severity).to_lowercase();
    vec![rule.id.clone(), severity, rule.what.clone()]
}
