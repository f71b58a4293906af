// engine/thread_pool.hpp: every chunk runs once; exceptions, callers beside and within each other, stopping.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "engine/thread_pool.hpp"

namespace {

using plyo::ThreadPool;

// Runs `num_chunks` chunks and returns the number of runs of each.
std::vector<int> count_chunks(std::size_t num_chunks, int max_threads) {
  std::vector<std::atomic<int>> done(num_chunks);
  ThreadPool::shared().run(num_chunks, max_threads, [&](std::size_t chunk) { ++done[chunk]; });
  return {done.begin(), done.end()};
}

// Waits until the counter has reached a number; gives up after some seconds.
bool wait_for(const std::atomic<int>& counter, int number) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (counter.load() < number) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

PLYO_TEST(thread_pool_does_every_chunk_once) {
  for (const std::size_t num_chunks : {0, 1, 2, 3, 7, 64, 1000}) {
    for (const int threads : {1, 2, 5, 16}) {
      CHECK(count_chunks(num_chunks, threads) == std::vector<int>(num_chunks, 1));
    }
  }
}

PLYO_TEST(thread_pool_does_every_chunk_once_many_times_over) {
  for (int round = 0; round < 2000; ++round) CHECK(count_chunks(8, 4) == std::vector<int>(8, 1));
}

PLYO_TEST(thread_pool_takes_limits_that_make_no_sense) {
  CHECK(count_chunks(5, 0) == std::vector<int>(5, 1));
  CHECK(count_chunks(5, -3) == std::vector<int>(5, 1));
  CHECK(ThreadPool::shared().num_workers() < ThreadPool::kMaxThreads);
}

PLYO_TEST(thread_pool_one_thread_means_the_caller) {
  const std::thread::id caller = std::this_thread::get_id();
  ThreadPool::shared().run(50, 1, [&](std::size_t) { CHECK(std::this_thread::get_id() == caller); });
}

// Every chunk waits for all the others, so each needs a thread of its own.
PLYO_TEST(thread_pool_runs_chunks_at_the_same_time) {
  constexpr int kThreads = 4;
  std::atomic<int> arrived{0};
  std::atomic<int> met{0};
  ThreadPool::shared().run(kThreads, kThreads, [&](std::size_t) {
    ++arrived;
    if (wait_for(arrived, kThreads)) ++met;
  });
  CHECK_EQ(met.load(), kThreads);
  CHECK(ThreadPool::shared().num_workers() >= kThreads - 1);
}

// What a chunk works on stays in the cache of one processor from call to call.
PLYO_TEST(thread_pool_threads_begin_with_shares_of_their_own) {
  const std::thread::id caller = std::this_thread::get_id();
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> arrived{0};
    std::atomic<std::size_t> firsts[2]{99, 99};  // of a helper, of the caller
    ThreadPool::shared().run(9, 2, [&](std::size_t chunk) {
      std::atomic<std::size_t>& first = firsts[std::this_thread::get_id() == caller ? 1 : 0];
      std::size_t none = 99;
      if (!first.compare_exchange_strong(none, chunk)) return;
      ++arrived;
      CHECK(wait_for(arrived, 2));
    });
    CHECK_EQ(firsts[1].load(), std::size_t{0});
    CHECK_EQ(firsts[0].load(), std::size_t{5});
  }
}

PLYO_TEST(thread_pool_rethrows_the_exception_of_the_lowest_chunk_after_all_chunks) {
  for (const int threads : {1, 2, 5}) {
    for (int round = 0; round < 50; ++round) {
      std::atomic<int> done{0};
      std::string what;
      try {
        ThreadPool::shared().run(40, threads, [&](std::size_t chunk) {
          ++done;
          if (chunk % 7 == 3) throw std::runtime_error("chunk " + std::to_string(chunk));
        });
      } catch (const std::runtime_error& error) {
        what = error.what();
      }
      CHECK_EQ(what, std::string("chunk 3"));
      CHECK_EQ(done.load(), 40);
    }
  }
}

PLYO_TEST(thread_pool_is_whole_after_an_exception) {
  CHECK_THROWS(ThreadPool::shared().run(8, 4, [](std::size_t) { throw 5; }), int);
  CHECK(count_chunks(100, 4) == std::vector<int>(100, 1));
}

PLYO_TEST(thread_pool_serves_several_callers_at_once) {
  constexpr int kCallers = 6;
  constexpr int kRounds = 300;
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round) {
        const auto num_chunks = static_cast<std::size_t>(3 + (caller + round) % 20);
        if (count_chunks(num_chunks, 3) != std::vector<int>(num_chunks, 1)) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK_EQ(wrong.load(), 0);
}

PLYO_TEST(thread_pool_an_exception_of_one_caller_is_not_anothers) {
  std::atomic<int> caught{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (int round = 0; round < 200; ++round) {
        try {
          ThreadPool::shared().run(6, 3, [&](std::size_t chunk) {
            if (caller % 2 == 0 && chunk == 2) throw std::runtime_error("mine");
          });
        } catch (const std::runtime_error&) {
          caller % 2 == 0 ? ++caught : ++wrong;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK_EQ(caught.load(), 400);
  CHECK_EQ(wrong.load(), 0);
}

PLYO_TEST(thread_pool_runs_jobs_within_jobs) {
  std::atomic<int> done{0};
  ThreadPool::shared().run(6, 4, [&](std::size_t) {
    ThreadPool::shared().run(
        5, 4, [&](std::size_t) { ThreadPool::shared().run(4, 4, [&](std::size_t) { ++done; }); });
  });
  CHECK_EQ(done.load(), 6 * 5 * 4);
}

PLYO_TEST(thread_pool_poll_that_never_stops_is_asked_and_skips_nothing) {
  std::atomic<int> done{0};
  int asked = 0;
  const auto poll = [&asked] {
    ++asked;
    return false;
  };
  const ThreadPool::Poll poll_ref(poll);
  ThreadPool::shared().run(
      20, 2,
      [&](std::size_t) {
        ++done;
        std::this_thread::sleep_for(std::chrono::milliseconds(6));
      },
      &poll_ref);
  CHECK_EQ(done.load(), 20);
  CHECK(asked > 0);
}

PLYO_TEST(thread_pool_poll_that_stops_skips_chunks_not_yet_begun) {
  for (const int threads : {1, 2}) {
    std::atomic<int> done{0};
    const auto poll = [] { return true; };
    const ThreadPool::Poll poll_ref(poll);
    ThreadPool::shared().run(
        100'000, threads,
        [&](std::size_t) {
          ++done;
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        },
        &poll_ref);
    CHECK(done.load() > 0);
    CHECK(done.load() < 1000);
  }
}

// The caller has nothing left to do and waits for a helper: it has to ask all the same.
PLYO_TEST(thread_pool_polls_while_it_waits_for_a_helper) {
  std::atomic<bool> stop{false};
  std::atomic<int> started{0};
  const std::thread::id caller = std::this_thread::get_id();
  const auto poll = [&stop] {
    stop.store(true);
    return true;
  };
  const ThreadPool::Poll poll_ref(poll);
  ThreadPool::shared().run(
      2, 2,
      [&](std::size_t) {
        ++started;
        if (!wait_for(started, 2)) return;  // one chunk each
        if (std::this_thread::get_id() == caller) return;
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!stop.load() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      },
      &poll_ref);
  CHECK(stop.load());
}

PLYO_TEST(thread_pool_counts_at_least_one_processor) { CHECK(plyo::available_threads() >= 1); }
