#include "port.hpp"

#include <unordered_map>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <unistd.h>
#endif

#include "../engine/seeding.hpp"

namespace plyo::xla {
namespace {

// All ports of the process. It is never destroyed: a program may call while the process ends.
struct Table {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, std::shared_ptr<Line>> lines;
  std::uint64_t next_number;

  Table() : next_number(first_number()) {
#if defined(__unix__) || defined(__APPLE__)
    // a fork finds the table whole, and its lock open
    pthread_atfork([] { shared().mutex.lock(); }, [] { shared().mutex.unlock(); },
                   [] { shared().mutex.unlock(); });
#endif
  }

  static Table& shared() {
    static Table* const table = new Table();
    return *table;
  }

  // Handles from another process shall meet no batch of this one.
  static std::uint64_t first_number() {
    const SeedWords random = entropy_seed();
    return (std::uint64_t{random[0]} << 32) | random[1];
  }
};

std::int64_t this_process() {
#if defined(__unix__) || defined(__APPLE__)
  return getpid();
#else
  return 0;
#endif
}

}  // namespace

Port::Port(Engine& engine, BeforeReset before_reset)
    : line_(std::make_shared<Line>()), process_(this_process()) {
  line_->engine = &engine;
  line_->before_reset = std::move(before_reset);
  Table& table = Table::shared();
  const std::lock_guard guard(table.mutex);
  number_ = table.next_number++;
  table.lines.emplace(number_, line_);
}

Port::~Port() {
  Table& table = Table::shared();
  {
    const std::lock_guard guard(table.mutex);
    table.lines.erase(number_);
  }
  // the thread of a call that was in progress when this process was forked does not exist here
  if (process_ != this_process()) return;
  const std::lock_guard guard(line_->mutex);
  line_->engine = nullptr;
}

Handle Port::handle() const {
  const std::unique_lock guard(line_->mutex, std::try_to_lock);
  if (!guard.owns_lock()) {
    throw InUse(
        "this batch of environments is in use by a compiled program; wait for its end, as with "
        "jax.block_until_ready",
        true);
  }
  return {number_, line_->calls};
}

std::shared_ptr<Line> find_line(std::uint64_t batch) {
  Table& table = Table::shared();
  const std::lock_guard guard(table.mutex);
  const auto found = table.lines.find(batch);
  return found == table.lines.end() ? nullptr : found->second;
}

}  // namespace plyo::xla
