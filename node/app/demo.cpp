// demo: plays a small city's day on this machine, and ends with 1 if anything isn't as promised.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "node/app/demo_story.h"

namespace linli::app {
namespace {

constexpr const char* kMarker = "linli-demo";

/// The demo's folder, held as long as the demo runs.
class Home {
 public:
  /// Errors: not_a_data_dir (a folder with other things in it), data_dir_in_use, io.
  static Result<std::unique_ptr<Home>> open(const std::filesystem::path& folder);
  ~Home() {
    if (fd_ >= 0) ::close(fd_);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

 private:
  Home() = default;
  int fd_ = -1;
};

Result<std::unique_ptr<Home>> Home::open(const std::filesystem::path& folder) {
  std::error_code ec;
  const auto marker = folder / kMarker;
  const bool ours = std::filesystem::exists(marker, ec);
  if (std::filesystem::exists(folder, ec) && !ours) {
    if (!std::filesystem::is_directory(folder, ec)) {
      return fail(Errc::not_a_data_dir, folder.string() + " is no folder: name another --data");
    }
    if (!std::filesystem::is_empty(folder, ec)) {
      return fail(Errc::not_a_data_dir,
                  folder.string() +
                      " holds other files than a demo's: name an empty or new "
                      "folder with --data");
    }
  }
  std::filesystem::create_directories(folder, ec);
  if (ec) return fail(Errc::io, "make " + folder.string() + ": " + ec.message());
  std::unique_ptr<Home> home(new Home);
  home->fd_ = ::open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (home->fd_ < 0) return fail(Errc::io, "can't write in " + folder.string());
  if (::flock(home->fd_, LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::data_dir_in_use,
                "another demo runs in " + folder.string() + ": end it, or name another --data");
  }
  if (!ours) return home;
  print("上次的演示数据在 " + folder.string() +
        "，现清空重来。 An earlier demo's data: starting anew.");
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    if (entry.path().filename() != kMarker) std::filesystem::remove_all(entry.path(), ec);
  }
  return home;
}

void play(Story& story) {
  story.found();
  story.months();
  story.superiors();
  story.morning();
  story.outage();
  story.power_cut();
  story.disagree();
  story.recover();
  story.prove();
}

}  // namespace

int demo(const DemoOptions& options) {
  std::error_code ec;
  const auto folder = std::filesystem::absolute(options.data, ec);
  const auto home = Home::open(folder);
  if (!home) return refuse(home.error());
  std::filesystem::create_directories(folder / "scratch", ec);
  watch_for_interrupts();
  try {
    print("邻里演示：一个小城市的一天，其间断网、断电、意见不一。");
    print("Linli: a small city's day, with an outage, a power cut and a disagreement in it.");
    Story story(options, folder);
    play(story);
    print("");
    print("演示完成，全部符合预期。 Done: everything was as promised.");
    if (!options.once) {
      story.addresses();
      print("   城市继续运行，按 Ctrl-C 结束。 The city goes on until Ctrl-C.");
      flush();
      while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    story.close();
    return 0;
  } catch (const Unmet& unmet) {
    return refuse(Errc::internal, std::string("the demo failed: ") + unmet.what() +
                                      "; its data stay in " + folder.string());
  } catch (const Interrupted&) {
    note("linli: the demo was interrupted; its data stay in " + folder.string());
    return 1;
  }
}

}  // namespace linli::app
