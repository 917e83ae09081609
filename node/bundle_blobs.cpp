#include "node/bundle_blobs.h"

#include <algorithm>

namespace linli::node {

void BundleBlobs::begin_from(const AuthorId& exporter, bool above) {
  exporter_ = exporter;
  above_ = above;
}

Result<void> BundleBlobs::begin(const sync::BlobHead& head) {
  ++blobs_;
  bytes_ += head.size;
  head_ = head;
  at_ = 0;
  hasher_.emplace();
  receiving_.reset();
  for_.clear();
  if (!take_) return {};
  for_ = head.authors;
  if (!above_) {
    const auto lease = replica_.store().read();
    for_ = store::vouched(*lease, exporter_, for_);
  }
  if (for_.empty()) {
    return refuse({Errc::forbidden, "an attachment from who brought nothing that shows it", {}});
  }
  auto& blobs = replica_.blobs();
  if (blobs.state(head.hash, exporter_).complete) return {};
  auto receiving =
      blobs.receive(head.hash, head.size, std::nullopt, {exporter_, for_, above_, true});
  if (!receiving) return refuse(receiving.error());
  receiving_.emplace(std::move(*receiving));
  return {};
}

/// What says something about this machine stops the import; anything else only this attachment.
Result<void> BundleBlobs::refuse(const Error& why) {
  receiving_.reset();
  for_.clear();
  if (why.code == Errc::disk_full || why.code == Errc::io) return fail(why);
  refused_(why);
  return {};
}

Result<void> BundleBlobs::piece(std::string_view bytes) {
  hasher_->update(bytes);
  const auto end = at_ + bytes.size();
  if (receiving_ && end > receiving_->held()) {
    // What an import before this one brought is there already.
    const auto begin = std::max(at_, receiving_->held()) - at_;
    if (auto written = receiving_->write(bytes.substr(begin)); !written) {
      if (auto stop = refuse(written.error()); !stop) return stop;
    }
  }
  at_ = end;
  return at_ == head_.size ? this->end() : Result<void>{};
}

Result<void> BundleBlobs::end() {
  if (hasher_->result() != head_.hash) {
    if (receiving_) (void)receiving_->finish();  // Finds it out as well, and drops the part.
    return refuse({Errc::altered, "an attachment isn't what its name says", {}});
  }
  if (receiving_) {
    const auto complete = receiving_->finish();
    if (!complete) return refuse(complete.error());
    receiving_.reset();
    ++accepted_;
  } else if (take_ && !for_.empty()) {
    // It is here, and whoever sent all of it has it: these authors delivered it as well.
    if (auto noted = replica_.blobs().deliver(head_.hash, for_); !noted)
      return refuse(noted.error());
    ++known_;
  }
  return {};
}

}  // namespace linli::node
