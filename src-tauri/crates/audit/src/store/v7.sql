-- Journeys that were made, packed JSON.
ALTER TABLE audits ADD COLUMN journeys BLOB;
