#include "tests/simulation/disk.h"

#include <algorithm>
#include <cstring>

#include "crypto/result.h"

namespace linli::simulation {

namespace {

/// Which disk answers for a folder.
std::map<std::string, Disk*>& disks() {
  static std::map<std::string, Disk*> all;
  return all;
}

}  // namespace

Disk* disk_at(const std::string& folder) {
  const auto found = disks().find(folder);
  return found == disks().end() ? nullptr : found->second;
}

Disk::Disk(std::string folder) : folder_(std::move(folder)) { disks()[folder_] = this; }
Disk::~Disk() { disks().erase(folder_); }

bool Disk::change(int& code) {
  constexpr int kIoError = 10;  // SQLITE_IOERR
  code = kIoError;
  if (stopped_) return false;
  ++changes_;
  if (stop_ && changes_ >= stop_->first) {
    stop_now(stop_->second);
    return false;
  }
  if (changes_ < trouble_.first || changes_ >= trouble_.second) return true;
  return ++failures_, false;
}

void Disk::stop_now(Stop how) {
  if (!stopped_) stopped_ = how;
  stop_.reset();
}

void Disk::cure() {
  trouble_ = unreadable_ = {0, 0};
  room_.reset();
}

bool Disk::readable() {
  if (stopped_) return false;
  if (looking_ || unreadable_.second == 0) return true;
  if (unreadable_.first > 0) return --unreadable_.first, true;
  return --unreadable_.second, ++failures_, false;
}

std::size_t Disk::used() const {
  std::size_t sum = 0;
  for (const auto& [name, file] : files_) sum += file->data.size();
  return sum;
}

bool Disk::has_room(std::size_t more) const {
  return !room_ || more == 0 || used() + more <= *room_;
}

std::shared_ptr<Disk::File> Disk::find(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second;
}

std::shared_ptr<Disk::File> Disk::make(const std::string& name) {
  auto& file = files_[name];
  if (!file) file = std::make_shared<File>();
  return file;
}

void Disk::remove(const std::string& name, bool durable) {
  const auto found = files_.find(name);
  if (found == files_.end()) return;
  if (found->second->named && !durable) {
    File was;
    was.data = found->second->data;
    was.unsynced = found->second->unsynced;
    undo(was);
    ghosts_[name] = std::move(was.data);
  }
  files_.erase(found);
}

void Disk::synced(const std::string& name, File& file) {
  file.unsynced.clear();
  if (file.named) return;
  file.named = true;
  ghosts_.erase(name);
  // SQLite syncs the folder with the first sync of a journal: now all names are safe.
  if (!name.ends_with("-wal") && !name.ends_with("-journal")) return;
  ghosts_.clear();
  for (auto& [other, its] : files_) its->named = true;
}

void Disk::undo(File& file) {
  for (auto change = file.unsynced.rbegin(); change != file.unsynced.rend(); ++change) {
    file.data.resize(std::max(change->size_before, file.data.size()));
    file.data.replace(change->at, change->before.size(), change->before);
    file.data.resize(change->size_before);
  }
}

namespace {

/// Makes a change again, or some sectors of it.
void redo(std::string& data, const Disk::Change& change, Chance* some) {
  if (change.after.empty()) {
    data.resize(change.size_after);
    return;
  }
  for (std::size_t done = 0; done < change.after.size();) {
    const auto at = change.at + done;
    const auto end = std::min(change.after.size(), done + kSector - at % kSector);
    if (!some || some->percent(50)) {
      if (data.size() < change.at + end) data.resize(change.at + end);
      data.replace(at, end - done, change.after, done, end - done);
    }
    done = end;
  }
}

}  // namespace

void Disk::start(Chance& chance) {
  ensure(open_ == 0, "a machine that stopped has no file open");
  if (stopped_ == Stop::cut) {
    // How much of what wasn't synced got through: nothing, the oldest, anything, everything.
    const auto luck = chance.below(4);
    for (auto& [name, file] : files_) {
      const auto changes = std::move(file->unsynced);
      file->unsynced = changes;
      undo(*file);
      file->unsynced.clear();
      const auto oldest = luck == 1 ? chance.below(changes.size() + 1) : 0;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        const bool torn = (luck == 1 && i == oldest) || (luck == 2 && chance.percent(30));
        const bool whole =
            luck == 3 || (luck == 1 && i < oldest) || (luck == 2 && chance.percent(50));
        if (torn || whole) redo(file->data, changes[i], torn ? &chance : nullptr);
      }
    }
    std::erase_if(files_, [&](const auto& entry) { return !entry.second->named && luck != 3; });
    for (auto& [name, data] : ghosts_) {
      if (files_.contains(name) || luck == 3) continue;
      auto back = make(name);
      back->data = data;
    }
  }
  ghosts_.clear();
  for (auto& [name, file] : files_) {
    // After the restart what is there is there.
    auto fresh = std::make_shared<File>();
    fresh->data = std::move(file->data);
    fresh->named = true;
    file = std::move(fresh);
  }
  stopped_.reset();
  stop_.reset();
}

Image Disk::image() const {
  Image image;
  for (const auto& [name, file] : files_) image[name] = file->data;
  return image;
}

void Disk::put_image(const Image& image) {
  ensure(open_ == 0, "a disk is replaced while nobody uses it");
  files_.clear();
  ghosts_.clear();
  stopped_.reset();
  stop_.reset();
  for (const auto& [name, data] : image) {
    auto file = make(name);
    file->data = data;
    file->named = true;
  }
}

}  // namespace linli::simulation
