"""The public API."""

from .corpus import Corpus as Corpus
from .data import DataFile as DataFile
from .data import DataFolder as DataFolder
from .encoder import Context as Context
from .encoder import Embeddings as Embeddings
from .encoder import Encoder as Encoder
from .errors import HarnessError as HarnessError
from .evaluation.embedding import encode as encode
from .evaluation.evaluation import evaluate as evaluate
from .evaluation.report import Failure as Failure
from .evaluation.report import Report as Report
from .plugins.files import load_plugin as load_plugin
from .plugins.registration import register_encoder as register_encoder
from .plugins.registration import register_task as register_task
from .results.records.record import Record as Record
from .results.statistics.resampling import Resampling as Resampling
from .settings import NoSettings as NoSettings
from .settings import setting as setting
from .studies.comparison import compare as compare
from .task import Task as Task
from .task import TaskResult as TaskResult
from .task import Vectors as Vectors
from .trainable import Training as Training
from .training.on_demand import Checkpoint as Checkpoint
from .training.options import TrainingOptions as TrainingOptions
from .training.training import train as train
