#include "task_library.hpp"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

#include "errors.hpp"

namespace plyo {
namespace {

void check_module(const TaskModule& module, const std::string& origin) {
  if (module.magic != TaskModule::kMagic) {
    throw std::invalid_argument(text(origin, " is no module of tasks: its '", kTaskModuleSymbol,
                                     "' does not begin with the magic number"));
  }
  if (module.version != TaskModule::kVersion) {
    throw std::invalid_argument(text(origin, " is a module of tasks of version ", module.version,
                                     ", this build of Plyo reads version ", TaskModule::kVersion,
                                     "; compile it again with this build's headers"));
  }
  if (module.layout != module_layout()) {
    throw std::invalid_argument(
        text(origin, " was compiled with headers of another build of Plyo; compile it again"));
  }
  if (module.num_tasks == 0 || module.tasks == nullptr)
    throw std::invalid_argument(text(origin, " holds no task"));
}

// Closes a file whose tasks were refused.
#if !defined(_WIN32)
class OpenFile {
 public:
  // Symbols are resolved at once and stay the file's own.
  explicit OpenFile(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ != nullptr) return;
    const char* const reason = ::dlerror();
    throw std::invalid_argument(
        text("cannot open ", path, ": ", reason == nullptr ? "unknown reason" : reason));
  }
  ~OpenFile() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const void* find(const char* symbol) const { return ::dlsym(handle_, symbol); }
  void keep_open() { handle_ = nullptr; }

 private:
  void* handle_;
};
#endif

}  // namespace

std::vector<const Task*> add_module(const TaskModule& module, const std::string& origin) {
  check_module(module, origin);
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < module.num_tasks; ++i) {
    const ModuleTask& task = module.tasks[i];
    tasks.push_back({.name = task.name,
                     .family = task.family,
                     .fast = *task.fast,
                     .reference = task.reference == nullptr ? TaskBuild{} : *task.reference});
  }
  return Registry::shared().add(tasks);
}

std::vector<const Task*> load_tasks(const std::string& path) {
#if defined(_WIN32)
  throw std::invalid_argument(text("cannot open ", path, ": shared objects are not loaded on this system"));
#else
  OpenFile file(path);
  const void* const module = file.find(kTaskModuleSymbol);
  if (module == nullptr) {
    throw std::invalid_argument(
        text(path, " is no module of tasks: it exports no '", kTaskModuleSymbol, "'"));
  }
  std::vector<const Task*> tasks = add_module(*static_cast<const TaskModule*>(module), path);
  file.keep_open();
  return tasks;
#endif
}

}  // namespace plyo
