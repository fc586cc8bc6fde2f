-- What a blindly repeated request had made, as it stood when it was answered: a version, a time or a text. Once that is
-- no longer so, the first answer is not given again.
ALTER TABLE replays ADD COLUMN standing TEXT;
