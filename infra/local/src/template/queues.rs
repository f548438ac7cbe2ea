//! The queues of the template.

use std::time::Duration;

use super::yaml::Node;
use super::{ACCOUNT, REGION, ResolveError, Resolver, resources};

/// One queue of `SQS`. How it is encrypted, and how much it bears, has no meaning on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSpec {
    /// Its name in the template, `DueQueue`.
    pub logical_id: String,
    /// Its name in `SQS`; that of a FIFO queue ends with `.fifo`.
    pub name: String,
    /// What the functions get as its URL. It is the one that it would have in AWS: the SDK takes it
    /// for a name, and calls the endpoint it was given.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// Whether messages of one group are handled in order, and sent once.
    pub fifo: bool,
    /// Whether a message that names no deduplication id is known by its body.
    pub content_based_deduplication: bool,
    /// Whether deduplication ids are each group's own, instead of the queue's.
    pub deduplication_by_group: bool,
    /// How long a message that was received is hidden, unless it is deleted.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How long a message is hidden after it was sent.
    pub delay: Duration,
    /// Where messages go that nobody can handle.
    pub dead_letters: Option<DeadLetters>,
}

/// The end of a message that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetters {
    /// The name of the queue it moves to.
    pub queue: String,
    /// How often it is received before.
    pub after_receives: u32,
}

/// SQS's own defaults.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(30);
const RETENTION: Duration = Duration::from_hours(4 * 24);

pub(super) fn read(
    template: &Node,
    resolver: &mut Resolver<'_>,
) -> Result<Vec<QueueSpec>, ResolveError> {
    let found = resources(template, resolver, "AWS::SQS::Queue")?;
    // A queue may name one that comes after it as the place of its dead letters.
    for (logical_id, properties) in &found {
        let name = Reader::new(logical_id, properties, resolver).name()?;
        resolver.refer(logical_id, &url_of(&name));
        resolver.describe(logical_id, "Arn", &arn_of(&name));
        resolver.describe(logical_id, "QueueName", &name);
        resolver.describe(logical_id, "QueueUrl", &url_of(&name));
    }
    let queues: Result<Vec<_>, _> = found
        .iter()
        .map(|(logical_id, properties)| Reader::new(logical_id, properties, resolver).queue())
        .collect();
    let queues = queues?;
    for queue in &queues {
        check_dead_letters(queue, &queues)?;
    }
    Ok(queues)
}

fn arn_of(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

fn url_of(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
}

fn check_dead_letters(queue: &QueueSpec, queues: &[QueueSpec]) -> Result<(), ResolveError> {
    let Some(dead) = &queue.dead_letters else {
        return Ok(());
    };
    let place = queues.iter().find(|other| other.name == dead.queue);
    let problem = match place {
        None => "names no queue of this template",
        Some(place) if place.fifo != queue.fifo => {
            "must name a FIFO queue for a FIFO queue, and another for another"
        }
        Some(_) => return Ok(()),
    };
    let at = format!("Resources.{}.Properties.RedrivePolicy", queue.logical_id);
    Err(ResolveError::new(&at, problem))
}

struct Reader<'a, 't> {
    logical_id: &'a str,
    properties: &'a Node,
    resolver: &'a Resolver<'t>,
}

impl<'a, 't> Reader<'a, 't> {
    const fn new(
        logical_id: &'a str,
        properties: &'a Node,
        resolver: &'a Resolver<'t>,
    ) -> Reader<'a, 't> {
        Reader {
            logical_id,
            properties,
            resolver,
        }
    }

    fn at(&self, key: &str) -> String {
        format!("Resources.{}.Properties.{key}", self.logical_id)
    }

    fn text(&self, key: &str) -> Result<Option<String>, ResolveError> {
        let node = self.properties.get(key);
        node.map(|node| self.resolver.text(node, &self.at(key)))
            .transpose()
    }

    fn switch(&self, key: &str) -> Result<bool, ResolveError> {
        Ok(self.text(key)?.as_deref() == Some("true"))
    }

    fn seconds(&self, key: &str, default: Duration) -> Result<Duration, ResolveError> {
        let Some(text) = self.text(key)? else {
            return Ok(default);
        };
        let seconds = text.parse();
        seconds
            .map(Duration::from_secs)
            .map_err(|_| ResolveError::new(&self.at(key), "must be a whole number of seconds"))
    }

    /// The template's name, or one as `CloudFormation` makes it.
    fn name(&self) -> Result<String, ResolveError> {
        let fifo = self.switch("FifoQueue")?;
        let Some(name) = self.text("QueueName")? else {
            let ending = if fifo { ".fifo" } else { "" };
            return Ok(format!("local-{}{ending}", self.logical_id));
        };
        if name.strip_suffix(".fifo").is_some() != fifo {
            let problem = "must end with .fifo for a FIFO queue, and for no other";
            return Err(ResolveError::new(&self.at("QueueName"), problem));
        }
        Ok(name)
    }

    fn queue(&self) -> Result<QueueSpec, ResolveError> {
        let name = self.name()?;
        Ok(QueueSpec {
            logical_id: self.logical_id.to_owned(),
            url: url_of(&name),
            arn: arn_of(&name),
            name,
            fifo: self.switch("FifoQueue")?,
            content_based_deduplication: self.switch("ContentBasedDeduplication")?,
            deduplication_by_group: self.text("DeduplicationScope")?.as_deref()
                == Some("messageGroup"),
            visibility_timeout: self.seconds("VisibilityTimeout", VISIBILITY_TIMEOUT)?,
            retention: self.seconds("MessageRetentionPeriod", RETENTION)?,
            delay: self.seconds("DelaySeconds", Duration::ZERO)?,
            dead_letters: self.dead_letters()?,
        })
    }

    fn dead_letters(&self) -> Result<Option<DeadLetters>, ResolveError> {
        let at = self.at("RedrivePolicy");
        let Some(policy) = self.properties.get("RedrivePolicy") else {
            return Ok(None);
        };
        let text = |key: &str| {
            let at = format!("{at}.{key}");
            let node = policy.get(key);
            let node = node.ok_or_else(|| ResolveError::new(&at, "is needed"))?;
            self.resolver.text(node, &at)
        };
        let arn = text("deadLetterTargetArn")?;
        let count = text("maxReceiveCount")?.parse().ok();
        let after_receives = count.filter(|count| *count > 0).ok_or_else(|| {
            ResolveError::new(
                &format!("{at}.maxReceiveCount"),
                "must be a whole number from 1",
            )
        })?;
        Ok(Some(DeadLetters {
            queue: arn.rsplit(':').next().unwrap_or_default().to_owned(),
            after_receives,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn queues(resources: &str) -> Result<Vec<QueueSpec>, ResolveError> {
        let template = Node::parse(&format!("Resources:\n{resources}")).unwrap();
        let nothing = HashMap::new();
        let mut resolver = Resolver::new(&template, &nothing).unwrap();
        read(&template, &mut resolver)
    }

    #[test]
    fn a_queue_that_says_nothing_has_the_defaults_of_sqs() {
        let read = queues("  Plain: { Type: 'AWS::SQS::Queue' }").unwrap();
        let expected = QueueSpec {
            logical_id: "Plain".into(),
            name: "local-Plain".into(),
            url: "https://sqs.ap-southeast-1.amazonaws.com/000000000000/local-Plain".into(),
            arn: "arn:aws:sqs:ap-southeast-1:000000000000:local-Plain".into(),
            fifo: false,
            content_based_deduplication: false,
            deduplication_by_group: false,
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_hours(96),
            delay: Duration::ZERO,
            dead_letters: None,
        };
        assert_eq!(read, [expected]);
    }

    #[test]
    fn a_queue_is_as_the_template_says() {
        let read = queues(
            "  Due:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      QueueName: !Sub ${AWS::StackName}-due.fifo
      ContentBasedDeduplication: true
      DeduplicationScope: messageGroup
      VisibilityTimeout: 720
      MessageRetentionPeriod: 60
      DelaySeconds: 5
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } }",
        )
        .unwrap();
        let due = &read[0];
        assert_eq!(due.name, "local-due.fifo");
        assert!(due.fifo && due.content_based_deduplication && due.deduplication_by_group);
        assert_eq!(due.visibility_timeout, Duration::from_mins(12));
        assert_eq!(due.retention, Duration::from_mins(1));
        assert_eq!(due.delay, Duration::from_secs(5));
        let dead = DeadLetters {
            queue: "local-Dead.fifo".into(),
            after_receives: 5,
        };
        assert_eq!(due.dead_letters, Some(dead));
        assert_eq!(read[1].name, "local-Dead.fifo");
    }

    #[test]
    fn what_aws_would_refuse_names_the_place() {
        let with = |properties: &str| {
            queues(&format!(
                "  Q: {{ Type: 'AWS::SQS::Queue', Properties: {{ {properties} }} }}
  Other: {{ Type: 'AWS::SQS::Queue' }}"
            ))
        };
        let dead = |arn: &str, count: &str| {
            format!(
                "FifoQueue: true, RedrivePolicy: {{ deadLetterTargetArn: {arn}, maxReceiveCount: {count} }}"
            )
        };
        let table = [
            (
                "a FIFO queue without its ending",
                "FifoQueue: true, QueueName: due".to_owned(),
                "QueueName: must end with .fifo for a FIFO queue, and for no other",
            ),
            (
                "the ending without a FIFO queue",
                "QueueName: due.fifo".to_owned(),
                "QueueName: must end with .fifo for a FIFO queue, and for no other",
            ),
            (
                "a queue elsewhere",
                dead("'arn:aws:sqs:x:1:there'", "5"),
                "RedrivePolicy: names no queue of this template",
            ),
            (
                "dead letters of another kind",
                dead("!GetAtt Other.Arn", "5"),
                "RedrivePolicy: must name a FIFO queue for a FIFO queue, and another for another",
            ),
            (
                "never received",
                dead("!GetAtt Other.Arn", "0"),
                "RedrivePolicy.maxReceiveCount: must be a whole number from 1",
            ),
            (
                "not a number",
                "VisibilityTimeout: soon".to_owned(),
                "VisibilityTimeout: must be a whole number of seconds",
            ),
        ];
        for (why, properties, expected) in table {
            let error = with(&properties).unwrap_err().to_string();
            assert_eq!(error, format!("Resources.Q.Properties.{expected}"), "{why}");
        }
    }
}
