// A batch as compiled programs reach it: by a number, not by an address, so that a program may outlive the batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "../engine/engine.hpp"

namespace plyo::xla {

// What a program passes from each call to the next, which puts the calls in order.
struct Handle {
  // As `calls`, of a handle that is good for any number of calls.
  static constexpr std::uint64_t kAnyNumber = ~std::uint64_t{0};

  std::uint64_t batch = 0;
  std::uint64_t calls = 0;  // that the batch has had
};

// Called when it is certain that lanes will be reset, without the GIL. A null mask means all lanes.
using BeforeReset = std::function<void(const Seeds& seeds, const std::uint8_t* mask)>;

// What a port and the calls through it share. A call holds the mutex.
struct Line {
  std::mutex mutex;
  Engine* engine = nullptr;  // null once the batch has gone
  BeforeReset before_reset;
  std::uint64_t calls = 0;
  std::vector<std::vector<std::byte>> converted;  // arguments and results in the engine's types
};

class Port {
 public:
  Port(Engine& engine, BeforeReset before_reset);
  // Waits for the end of a call.
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  Handle handle() const;

 private:
  std::uint64_t number_;
  std::shared_ptr<Line> line_;
  std::int64_t process_;
};

// The line to a batch; null if there is none of that number, or no longer.
std::shared_ptr<Line> find_line(std::uint64_t batch);

}  // namespace plyo::xla
