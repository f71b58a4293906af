// Output memory that is used again after its last reference, so that a fresh array costs no page fault.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace plyo {

class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  // A block on loan. Give it back with release(); it keeps its pool alive until then.
  struct Block;

  static std::shared_ptr<BufferPool> create() { return std::shared_ptr<BufferPool>(new BufferPool()); }
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Throws std::bad_alloc.
  Block* acquire(std::size_t bytes);
  static void* data(Block* block);
  static void release(Block* block);

 private:
  // Free blocks beyond this many bytes go back to the system.
  static constexpr std::size_t kMaxKeptBytes = std::size_t{512} << 20;

  BufferPool() = default;
  bool keep(Block* block);
  static void destroy(Block* block);

  std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<Block*>> free_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace plyo
