-- Whether a delivery was made or opened again by a replay: its pushes say so.
ALTER TABLE "deliveries" ADD COLUMN "is_replay" BOOLEAN NOT NULL DEFAULT false;
